"""What the experiments say, in plain words. The verdicts themselves are made in `unstuck.core.trial_verdict`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.experiment import FigureKind, Reason, TrialVerdict
from unstuck.core.trial_verdict import LEARNS_WELL, Outcome, of_remedy, of_run
from unstuck.core.words import count, number, share
from unstuck.show.reasons import SENTENCES, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Diagnosis, Ranked, TrainingSummary
    from unstuck.core.experiment import Effect, HeldOutFigure, Results, Trial
    from unstuck.core.finding import Finding, Remedy

Patches = Mapping[tuple[int, str], str]
"""unified diffs by the rank of the finding and the name of the remedy"""
LEARNS = 0.1
"""share of the baseline loss below which a run has hardly learned"""
BASELINE = "the baseline loss"
NOTHING_TRAINED = "the run itself trains nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A remedy after the experiments, in words."""

    verdict: TrialVerdict
    why: str
    """the effect in words, or why there is none"""
    trial: Trial | None = None
    """the trial that decides; None where nothing was measured"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """A remedy as it is shown: what the experiments say of it, and the change to the user's script."""

    remedy: Remedy
    judged: Judged
    patch: str = ""
    """a unified diff; empty where it is not known how to make one"""


def helps(ranked: Ranked, diagnosis: Diagnosis, patches: Patches) -> tuple[Help, ...]:
    """The remedies of a finding, in their order."""
    return tuple(
        Help(
            remedy=remedy, judged=judged(ranked.finding, remedy, diagnosis),
            patch=patches.get((ranked.rank, remedy.name), ""),
        )
        for remedy in ranked.finding.remedies
    )


def judged(finding: Finding, remedy: Remedy, diagnosis: Diagnosis) -> Judged:
    """What became of a remedy of a finding, in words."""
    found = of_remedy(finding, remedy, diagnosis.experiments)
    trial = found.trial
    if trial is None:
        return Judged(verdict=found.verdict, why=SENTENCES[found.reason] if found.reason is not None else "")
    why = reason_of(trial)
    if found.measured:
        said = effect_in_words(trial, reference(trial, diagnosis))
        return Judged(verdict=found.verdict, why=f"{why}: {said}" if why else said, trial=trial)
    idle = trial.reason is Reason.NOTHING_TO_CHANGE
    return Judged(verdict=found.verdict, why=why if idle else f"{trial.title}: {why}")


# ---- words ---------------------------------------------------------------------------------------------


def effect_in_words(trial: Trial, base: str) -> str:
    """``with zero-grad the loss ends 95 % below the baseline loss (61 % above it without the change; 3 pairs)``."""
    effect = trial.shown
    if effect is None:
        return reason_of(trial)
    if trial.about_figure is not None:
        return figure_in_words(trial)
    title = _with_what_it_found(trial.title, trial.found)
    loss = "held-out loss" if trial.on_held_out else "loss"
    return (
        f"with {title} {_beside(trial)}the {loss} ends {ended(effect.treated)} {base} "
        f"({_without(effect)}; {count(effect.pairs, 'pair')}){_held_out(trial)}"
        f"{_beside_it(trial)}"
    )


def figure_in_words(trial: Trial) -> str:
    """``held-out accuracy 0.91 as the script has it, 0.85 with drop-leaked (−0.06 [−0.08, −0.04]; 3 pairs; …)``."""
    if not trial.figures:
        return reason_of(trial)
    one = trial.figures[0]
    pairs = count(trial.effect.pairs, "pair") if trial.effect is not None else ""
    return (
        f"held-out {one.quantity} {number(one.without)} as the script has it, {number(one.changed)} with {trial.title} "
        f"({_difference(one)}; {pairs}; {_examples(one)})"
    )


def _beside_it(trial: Trial) -> str:
    """``; held-out accuracy 0.96 instead of 0.91 (+0.05 [+0.03, +0.07]; 300 examples of `test_loader`)``."""
    one = next((one for one in trial.figures if one.quantity != "loss"), None)
    if one is None:
        return ""
    instead = f"{number(one.changed)} instead of {number(one.without)}"
    return f"; held-out {one.quantity} {instead} ({_difference(one)}; {_examples(one)})"


def _difference(one: HeldOutFigure) -> str:
    gain, low, high = (_signed(value) for value in (one.changed - one.without, one.low, one.high))
    return f"{gain} [{low}, {high}]"


def _signed(value: float) -> str:
    return f"{'−' if round(value, 3) < 0 else '+'}{abs(round(value, 3)):g}"


def _examples(one: HeldOutFigure) -> str:
    """``300 examples of `test_loader`, 20 are left out``."""
    left = f", {number(one.left_out)} {'is' if one.left_out == 1 else 'are'} left out" if one.left_out else ""
    return f"{count(one.examples, 'example')} of `{one.split}`{left}"


def _held_out(trial: Trial) -> str:
    """``; the held-out loss ends 91 % below it (2 % below it without the change)``."""
    if trial.held_out is None:
        return ""
    return f"; the held-out loss ends {ended(trial.held_out.treated)} it ({_without(trial.held_out)})"


def _without(effect: Effect) -> str:
    """``61 % above it without the change``, ``the same without the change``."""
    control = ended(effect.control)
    return f"{'the same' if control == ended(effect.treated) else f'{control} it'} without the change"


def _beside(trial: Trial) -> str:
    return f"beside {' and '.join(trial.on_top_of)} " if trial.on_top_of else ""


def warnings(results: Results) -> list[str]:
    """How these experiments differ from the recorded run, each a clause."""
    said = []
    if not results.repeatable:
        said.append("two runs without any change differ: some randomness is not under control")
    if results.elsewhere is not None:
        run, branch = map(number, results.elsewhere)
        said.append(
            f"the experiments do not begin where the run began (first loss {run} in the run, {branch} here): the "
            "script seems to continue from existing files, such as a checkpoint that could not be removed"
        )
    return said


def came_to(results: Results, base: str, *, ran: bool) -> str:
    """Where the loss ends with what was proved and in the run itself: the held-out loss where that alone tells.

    Args:
        results: of the experiments.
        base: what the loss is compared with, in words.
        ran: there is a run, and not a preflight alone; else the branches without the change count.
    """
    for one in results.trials:
        mine = one.title in results.sufficient[-1:] and {one.title, *one.on_top_of} == set(results.sufficient)
        if mine and one.on_held_out and one.effect is not None and one.verdict is TrialVerdict.VERIFIED:
            return f"the held-out loss ends {ended(one.effect.treated)} {base} ({_without(one.effect)})"
    if not results.of_steps:
        itself = NOTHING_TRAINED
    elif ran:
        itself = f"{ended(results.reached)} it in the run itself"
    else:
        alone = [one.effect for one in results.trials if one.effect is not None and not one.on_top_of]
        itself = _without(alone[0]) if alone else "the run itself is not known"
    return f"the loss ends {ended(results.reached_after)} {base} ({itself})"


def ended(learned: float) -> str:
    """Where a loss ends, compared with the reference: ``95 % below``, ``61 % above``, ``at``."""
    if learned <= -1.0:
        return "100 % or more above"
    whole = round(learned, 2)
    return "level with" if whole == 0 else f"{share(abs(whole))} {'below' if whole > 0 else 'above'}"


def percent(learned: float, *, signed: bool = False) -> str:
    """``94 %``, ``−61 %``; ``+94 %`` where the sign matters. Pairs are too few for more than whole per cents."""
    return share(round(learned, 2), signed=signed)


def bounds(effect: Effect) -> tuple[float, float]:
    """Of the interval, as far as there can be a gain: nothing learns more than all."""
    return effect.low, min(effect.high, max(1.0 - max(0.0, effect.control), effect.gain))


def gain_in_words(effect: Effect) -> str:
    """``+91 % [+88, +94]``."""
    low, high = (percent(share, signed=True).removesuffix(" %") for share in bounds(effect))
    return f"{percent(effect.gain, signed=True)} [{low}, {high}]"


def summary_of(trial: Trial, diagnosis: Diagnosis) -> TrainingSummary | None:
    """The training that a trial is about: that of the finding, or the longest."""
    numbers = [one.finding.training for one in diagnosis.findings if one.finding.code in trial.codes]
    known = {one.training: one for one in diagnosis.trainings}
    if numbers and numbers[0] in known:
        return known[numbers[0]]
    return max(diagnosis.trainings, key=lambda one: one.steps, default=None)


def reference(trial: Trial, diagnosis: Diagnosis) -> str:
    """What the losses of a trial are compared with."""
    summary = summary_of(trial, diagnosis)
    return BASELINE if summary and summary.baseline_loss is not None else "the first loss"


def shortest(titles: Sequence[str]) -> str:
    """``zero-grad``; ``zero-grad and learning-rate × 0.1 together``."""
    if len(titles) < 2:
        return "".join(titles)
    return f"{', '.join(titles[:-1])} and {titles[-1]} together"


def with_value(title: str, results: Results) -> str:
    """A change with what it found beside the others that are needed: ``learning-rate-range (a rate of 0.003)``."""
    known = [one for one in results.trials if one.title == title and one.found]
    beside = [one for one in known if {title, *one.on_top_of} == set(results.sufficient)]
    return _with_what_it_found(title, next((one.found for one in (*beside, *known)), ""))


def _with_what_it_found(title: str, found: str) -> str:
    return f"{title} ({found})" if found else title


def conclusion(diagnosis: Diagnosis) -> str:
    """One sentence: the smallest set of changes that was proved, or that none was; empty without experiments."""
    results = diagnosis.experiments
    if results is None:
        return ""
    found = of_run(diagnosis, results)
    title = found.trial.title if found.trial is not None else ""
    match found.outcome:
        case Outcome.CURED:
            better = " better" if results.reached >= LEARNS else ""
            verb = "make" if len(results.sufficient) > 1 else "makes"
            return f"{shortest([with_value(title, results) for title in results.sufficient])} {verb} it learn{better}"
        case Outcome.PROMISING:
            return f"{title} looks promising, and the budget did not suffice to prove it (--budget gives more)"
        case Outcome.TOO_SHORT:
            return f"{title} may yet help: the experiments were too short to tell (--budget gives more)"
        case Outcome.FIGURE:
            assert found.trial is not None
            return f"{figure_says(found.trial)}: {figure_in_words(found.trial)}"
        case Outcome.NO_BETTER:
            return "it learns well as it is; of what was tried nothing makes it learn much better"
        case Outcome.PARTLY:
            beside = _beside(found.trial) if found.trial is not None else ""
            helps_ = f"{title} helps {beside}".strip()
            return f"{helps_}, but no set of changes was proved as a whole (--budget gives more)"
        case Outcome.NOTHING_HELPS:
            return "nothing that was tried makes a large difference"
        case Outcome.NOT_TESTED:
            return "nothing could be tested"
        case Outcome.NOTHING_TO_TRY:
            well = "it learns as it is, and " if diagnosis.verdict in LEARNS_WELL else ""
            return f"{well}there is nothing to try: no finding has a remedy that an experiment carries out"


def figure_says(trial: Trial) -> str:
    """What a verified trial says of the printed figure."""
    match trial.about_figure:
        case FigureKind.FLATTERS:
            return "the held-out figure flatters"
        case FigureKind.WRONGS:
            return "the held-out figure is worse than the network"
        case _:
            return f"the held-out figure rests on what {trial.title} takes away"


def after_the_answer(diagnosis: Diagnosis) -> str:
    """A sentence that follows the answer where a set of changes was proved: ``Proved: zero-grad makes it learn.``"""
    results = diagnosis.experiments
    return f"Proved: {conclusion(diagnosis)}." if results is not None and results.sufficient else ""
