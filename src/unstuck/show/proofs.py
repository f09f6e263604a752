"""What the experiments say of each remedy, chosen from everything that was tried, and in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import Proof
from unstuck.core.finding import Applicability
from unstuck.core.words import count, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.core.diagnosis import Diagnosis, Ranked, TrainingSummary
    from unstuck.core.experiment import Effect, Results, Trial
    from unstuck.core.finding import Finding, Remedy

Patches = Mapping[tuple[int, str], str]
"""unified diffs by the rank of the finding and the name of the remedy"""
LEARNS = 0.1
"""share of the constant answer's loss below which a run has hardly learned"""
WELL = (Verdict.LEARNING, Verdict.LEARNED)
NOTHING_TRAINED = "the run itself trains nothing"
NEVER_MIND = "found nothing to change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A remedy after the experiments."""

    proof: Proof
    why: str
    """the effect in words, or why there is none"""
    trial: Trial | None = None
    """the one that decides; None where nothing was measured"""


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
    """What became of a remedy of a finding: its best trial where one helps, all of them where none does."""
    results = diagnosis.experiments
    if results is None or remedy.applicability is Applicability.MANUAL:
        manual = remedy.applicability is Applicability.MANUAL
        why = "a human must decide what to change" if manual else "no experiment was run"
        return Judged(proof=Proof.NOT_TESTED, why=why)
    mine = [one for one in results.trials if finding.code in one.codes and remedy.name in one.remedies]
    if not mine:
        return Judged(proof=Proof.NOT_TESTED, why="no experiment carries it out")
    return _decided(mine, reference(mine[0], diagnosis))


def _decided(trials: Sequence[Trial], held_against: str) -> Judged:
    measured = sorted((one for one in trials if one.effect is not None), key=gained, reverse=True)
    open_ones = [one for one in trials if one.effect is None and NEVER_MIND not in one.why]
    for proof in (Proof.VERIFIED, Proof.NOT_TESTED, Proof.NO_DIFFERENCE):  # not tested: promising, too few pairs
        found = next((one for one in measured if one.proof is proof), None)
        if found is not None:
            return Judged(proof=proof, why=_why(found, held_against), trial=found)
    if measured and not open_ones:
        return Judged(proof=Proof.REFUTED, why=_why(measured[0], held_against), trial=measured[0])
    if open_ones:
        return Judged(proof=Proof.NOT_TESTED, why=f"{open_ones[0].title}: {open_ones[0].why}")
    return Judged(proof=Proof.NOT_TESTED, why=trials[0].why)


def _why(trial: Trial, held_against: str) -> str:
    said = effect_in_words(trial, held_against)
    return f"{trial.why}: {said}" if trial.why else said


def gained(trial: Trial) -> float:
    """The gain of a trial, for sorting; what was not measured comes last."""
    return trial.shown.gain if trial.shown is not None else -1e9


def telling(results: Results) -> tuple[Trial, ...]:
    """The trials that were measured, the most telling first: the verified ones, then by their gain."""
    measured = [one for one in results.trials if one.effect is not None]
    return tuple(sorted(measured, key=lambda one: (one.proof is not Proof.VERIFIED, -gained(one))))


# ---- words ---------------------------------------------------------------------------------------------


def effect_in_words(trial: Trial, held_against: str) -> str:
    """``with zero-grad the loss ends 95 % below the constant answer's, otherwise 61 % above it (3 pairs)``."""
    effect = trial.shown
    if effect is None:
        return trial.why
    treated, control = ended(effect.treated), ended(effect.control)
    otherwise = f"otherwise {control} it" if control != treated else "otherwise as well"
    title = _with_what_it_found(trial.title, trial.found)
    loss = "held-out loss" if trial.on_held_out else "loss"
    return (
        f"with {title} {_beside(trial)}the {loss} ends {treated} {held_against}, {otherwise} "
        f"({count(effect.pairs, 'pair')}){_held_out(trial)}"
    )


def _held_out(trial: Trial) -> str:
    """``; its held-out loss ends 91 % below it, otherwise 2 % below``."""
    if trial.held_out is None:
        return ""
    treated, control = ended(trial.held_out.treated), ended(trial.held_out.control)
    return f"; the held-out loss ends {treated} it, otherwise {f'{control} it' if control != treated else 'as well'}"


def _beside(trial: Trial) -> str:
    return f"beside {' and '.join(trial.on_top_of)} " if trial.on_top_of else ""


def warnings(results: Results) -> list[str]:
    """What stands between these experiments and the watched run, each a clause."""
    said = []
    if not results.repeatable:
        said.append("two runs without any change differ: not all that is random is under control")
    if results.elsewhere is not None:
        run, branch = map(number, results.elsewhere)
        said.append(
            f"the experiments do not begin where the run began (first loss {run} there, {branch} here): the script "
            "seems to go on from what is there now, such as a checkpoint that could not be taken away"
        )
    return said


def came_to(results: Results, held_against: str) -> str:
    """Where the loss ends with what was proved and in the run itself: the held-out loss where that alone tells."""
    for one in results.trials:
        mine = one.title in results.sufficient[-1:] and {one.title, *one.on_top_of} == set(results.sufficient)
        if mine and one.on_held_out and one.effect is not None and one.proof is Proof.VERIFIED:
            otherwise = f"otherwise {ended(one.effect.control)} it"
            return f"the held-out loss ends {ended(one.effect.treated)} {held_against}, {otherwise}"
    itself = f"in the run itself it ends {ended(results.reached)} it" if results.of_steps else NOTHING_TRAINED
    return f"the loss ends {ended(results.reached_after)} {held_against}, {itself}"


def ended(learned: float) -> str:
    """Where a loss ends, held against the reference: ``95 % below``, ``61 % above``, ``at``."""
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
    """What the losses of a trial are held against."""
    summary = summary_of(trial, diagnosis)
    return "the constant answer's" if summary and summary.baseline_loss is not None else "where it began"


def shortest(titles: Sequence[str]) -> str:
    """``zero-grad``; ``zero-grad and learning-rate × 0.1 together``."""
    if len(titles) < 2:
        return "".join(titles)
    return f"{', '.join(titles[:-1])} and {titles[-1]} together"


def told(title: str, results: Results) -> str:
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
    if results.sufficient:
        better = " better" if results.reached >= LEARNS else ""
        verb = "make" if len(results.sufficient) > 1 else "makes"
        return f"{shortest([told(title, results) for title in results.sufficient])} {verb} it learn{better}"
    promising = [one.title for one in telling(results) if one.proof is Proof.NOT_TESTED]
    if promising:
        return f"{promising[0]} looks promising, and the budget did not suffice to prove it (--budget gives more)"
    if any(trial.effect is not None for trial in results.trials):
        yet = [one for one in telling(results) if one.codes and one.proof is Proof.NO_DIFFERENCE and _ahead(one)]
        if yet and results.steps < results.of_steps:
            return f"{yet[0].title} may yet help: the experiments were too short to tell (--budget gives more)"
        if diagnosis.verdict in WELL:
            return "it learns well as it is; of what was tried nothing makes it learn much better"
        part = next((one for one in telling(results) if one.proof is Proof.VERIFIED), None)
        if part is not None:
            helps_ = f"{part.title} helps {_beside(part)}".strip()
            return f"{helps_}, but no set of changes was proved as a whole (--budget gives more)"
        return "nothing that was tried makes a large difference"
    if results.trials:
        return "nothing could be tested"
    well = "it learns as it is, and " if diagnosis.verdict in WELL else ""
    return f"{well}there is nothing to try: no finding has a remedy that an experiment carries out"


def _ahead(trial: Trial) -> bool:
    """Whether it has surely done better than its control after as many steps, and not yet than the whole run."""
    return trial.alongside is not None and trial.alongside.low > 0 and bool(trial.why)


def after_the_answer(diagnosis: Diagnosis) -> str:
    """A sentence that follows the answer where a set of changes was proved: ``Proved: zero-grad makes it learn.``"""
    results = diagnosis.experiments
    return f"Proved: {conclusion(diagnosis)}." if results is not None and results.sufficient else ""
