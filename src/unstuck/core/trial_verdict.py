"""The one place that turns what experiments measured into verdicts: on a trial, a remedy, a finding, and a run.

Everything here is a pure function of stored values. `show` prints the results in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from unstuck.core.diagnosis import Verdict
from unstuck.core.experiment import (
    FEWEST_TELLING_STEPS,
    FIGURE_MATERIAL,
    PAIRS,
    RESTS_MATERIAL,
    FigureKind,
    Reason,
    TrialVerdict,
)
from unstuck.core.finding import Applicability, Confidence

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.experiment import Effect, Results, Trial
    from unstuck.core.finding import Finding, Remedy

LEARNS_WELL = (Verdict.LEARNING, Verdict.LEARNED)
ORDER = (TrialVerdict.VERIFIED, TrialVerdict.NOT_TESTED, TrialVerdict.NO_DIFFERENCE)
"""which measured trial decides on a remedy: a verified one, a promising one with too few pairs, an undecided one"""


# ---- a trial -------------------------------------------------------------------------------------------


class Judgement(NamedTuple):
    """A verdict, and why it is not the one that the effect alone gives."""

    verdict: TrialVerdict
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the branches of one trial measured."""

    effect: Effect
    """compared with what the run reaches by its end without the change"""
    alongside: Effect | None = None
    """compared with the control after as many steps"""
    held_out: Effect | None = None
    """the same on the held-out loss, where the script computes one"""
    branch_steps: int
    """backward calls of the branches"""
    run_steps: int
    """backward calls of the watched run"""
    gain_by_the_end: float
    """gain that is projected for the end of the run, which is longer than the branches"""


def of_effect(effect: Effect) -> TrialVerdict:
    """The verdict of an effect alone.

    Verified: `PAIRS` pairs gain what matters, beyond noise, together or each by itself. Refuted: so many pairs put a
    gain that matters out of reach, or the change is certainly worse. Where the control leaves no room for a gain that
    matters, nothing is refuted.
    """
    enough = effect.pairs >= PAIRS
    if enough and effect.gain >= effect.needed and (effect.low > 0 or effect.least >= effect.needed):
        return TrialVerdict.VERIFIED
    out_of_reach = enough and effect.high < effect.needed <= 1.0 - effect.control
    return TrialVerdict.REFUTED if effect.harmful or out_of_reach else TrialVerdict.NO_DIFFERENCE


def of_trial(measured: Measured) -> Judgement:
    """The verdict on a change by its training loss; the held-out loss can refute it, and cannot verify it."""
    effect, verdict = measured.effect, of_effect(measured.effect)
    reason: Reason | None = None
    if effect.promising and effect.pairs < PAIRS:
        verdict, reason = TrialVerdict.NOT_TESTED, Reason.FEW_PAIRS
    elif (
        verdict is not TrialVerdict.VERIFIED and not effect.harmful and measured.gain_by_the_end >= effect.needed
    ):
        verdict, reason = TrialVerdict.NO_DIFFERENCE, Reason.STILL_LEARNING
    elif verdict is TrialVerdict.REFUTED and measured.branch_steps < measured.run_steps:
        reason = _too_short_to_refute(measured)
        verdict = TrialVerdict.NO_DIFFERENCE if reason else verdict
    rises = measured.held_out is not None and measured.held_out.harmful
    if rises and verdict is TrialVerdict.VERIFIED:
        return Judgement(TrialVerdict.REFUTED, Reason.HELD_OUT_LOSS_RISES)
    return Judgement(verdict, reason)


def _too_short_to_refute(measured: Measured) -> Reason | None:
    """Why branches that are shorter than the run refute nothing; None where they do."""
    alongside = measured.alongside
    if measured.effect.low > 0:
        return Reason.SMALL_GAIN_SO_FAR
    if alongside is not None and not alongside.harmful:
        if alongside.low > 0:
            return Reason.AHEAD_SO_FAR
        if alongside.pairs < PAIRS or alongside.high >= alongside.needed:
            return Reason.LEVEL_SO_FAR
    return Reason.TOO_SHORT if measured.branch_steps < FEWEST_TELLING_STEPS else None


def of_held_out_trial(effect: Effect) -> Judgement:
    """The verdict on a change that the held-out loss alone decides; whole runs are compared."""
    verdict = of_effect(effect)
    if effect.promising and effect.pairs < PAIRS:
        return Judgement(TrialVerdict.NOT_TESTED, Reason.FEW_PAIRS)
    if verdict is TrialVerdict.REFUTED and effect.low > 0:
        return Judgement(TrialVerdict.NO_DIFFERENCE, Reason.SMALL_GAIN)
    return Judgement(verdict)


def of_figure(effect: Effect, how: FigureKind) -> Judgement:
    """The verdict on what a change says of a printed held-out figure.

    Verified: beyond its interval the figure differs by what matters, as it is said to. Refuted: the interval leaves no
    room for that.
    """
    least, most, gain = effect.low, effect.high, effect.gain
    if how is not FigureKind.WRONGS:  # the honest figure is the worse one
        least, most, gain = -effect.high, -effect.low, -effect.gain
    needed = RESTS_MATERIAL if how is FigureKind.RESTS else FIGURE_MATERIAL
    if effect.pairs < PAIRS:
        few = gain >= needed
        return Judgement(TrialVerdict.NOT_TESTED, Reason.FEW_PAIRS) if few else Judgement(TrialVerdict.NO_DIFFERENCE)
    if gain >= needed and least > 0:
        return Judgement(TrialVerdict.VERIFIED)
    return Judgement(TrialVerdict.REFUTED if most < needed else TrialVerdict.NO_DIFFERENCE)


def is_scattered(trial: Trial) -> bool:
    """Whether three pairs show what matters and lie too far apart to be sure: more pairs may verify it."""
    effect = trial.effect
    undecided = trial.verdict is TrialVerdict.NO_DIFFERENCE
    return effect is not None and effect.pairs == PAIRS and effect.promising and undecided


def is_undecided(trial: Trial) -> bool:
    """Whether longer pairs, or more of them, may verify it."""
    if trial.effect is None or trial.verdict is TrialVerdict.VERIFIED:
        return False
    return trial.effect.promising or trial.reason is Reason.STILL_LEARNING


def is_ahead(trial: Trial) -> bool:
    """Whether it is certainly better than its control after as many steps, and not yet than the whole run."""
    return trial.alongside is not None and trial.alongside.low > 0 and trial.reason is not None


# ---- a remedy ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyVerdict:
    """What became of one remedy of a finding."""

    verdict: TrialVerdict
    reason: Reason | None = None
    """why there is no trial that decides"""
    trial: Trial | None = None
    """the trial that decides, or that says why it could not be measured"""

    @property
    def measured(self) -> bool:
        """Whether a trial with an effect decides."""
        return self.trial is not None and self.trial.effect is not None


def of_remedy(finding: Finding, remedy: Remedy, results: Results | None) -> RemedyVerdict:
    """The best trial of a remedy where one helps, all of them where none does."""
    if remedy.applicability is Applicability.MANUAL:
        return RemedyVerdict(verdict=TrialVerdict.NOT_TESTED, reason=Reason.MANUAL)
    if results is None:
        return RemedyVerdict(verdict=TrialVerdict.NOT_TESTED, reason=Reason.NO_EXPERIMENT)
    trials = [one for one in results.trials if finding.code in one.codes and remedy.name in one.remedies]
    if not trials:
        return RemedyVerdict(verdict=TrialVerdict.NOT_TESTED, reason=Reason.NO_INTERVENTION)
    measured = sorted((one for one in trials if one.effect is not None), key=gain_of, reverse=True)
    for verdict in ORDER:
        deciding = next((one for one in measured if one.verdict is verdict), None)
        if deciding is not None:
            return RemedyVerdict(verdict=verdict, trial=deciding)
    missing = [one for one in trials if one.effect is None and one.reason is not Reason.NOTHING_TO_CHANGE]
    if measured and not missing:
        return RemedyVerdict(verdict=TrialVerdict.REFUTED, trial=measured[0])
    return RemedyVerdict(verdict=TrialVerdict.NOT_TESTED, trial=missing[0] if missing else trials[0])


def gain_of(trial: Trial) -> float:
    """The gain of a trial, for sorting; what was not measured comes last."""
    return trial.shown.gain if trial.shown is not None else -1e9


def by_importance(results: Results) -> tuple[Trial, ...]:
    """The trials that were measured: the verified ones first, then by their gain."""
    measured = [one for one in results.trials if one.effect is not None]
    return tuple(sorted(measured, key=lambda one: (one.verdict is not TrialVerdict.VERIFIED, -gain_of(one))))


# ---- a finding -----------------------------------------------------------------------------------------


def of_finding(finding: Finding, trials: Sequence[Trial]) -> Finding:
    """Verified where one of its remedies is; refuted where each that was tried is, on top of all that helps.

    What was counted in the data stays measured: that a change gains nothing shows that it does no harm here.
    """
    mine = [trial for trial in trials if finding.code in trial.codes]
    tested = [trial for trial in mine if trial.effect is not None]
    if any(trial.verdict is TrialVerdict.VERIFIED for trial in tested):
        return replace(finding, confidence=Confidence.VERIFIED)
    deepest = max((len(trial.on_top_of) for trial in trials), default=0)
    last = [trial for trial in tested if len(trial.on_top_of) == deepest]
    refuted = last and all(trial.verdict is TrialVerdict.REFUTED for trial in last) and len(tested) == len(mine)
    if refuted and not is_counted(finding):
        return replace(finding, confidence=Confidence.REFUTED)
    return finding


def is_counted(finding: Finding) -> bool:
    """Whether it was counted which examples are concerned: a fact, whatever an experiment says of its harm."""
    return finding.examples is not None and finding.confidence is Confidence.MEASURED


# ---- a run ---------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What all experiments on a run come to."""

    CURED = "cured"
    """a set of changes makes it learn"""
    PROMISING = "promising"
    """a change looks good, and the budget did not suffice"""
    TOO_SHORT = "too-short"
    """a remedy is ahead of its control in branches shorter than the run"""
    FIGURE = "figure"
    """the held-out figure that the script prints is not the honest one"""
    NO_BETTER = "no-better"
    """the run learns well, and nothing makes it learn much better"""
    PARTLY = "partly"
    """a change helps, and no set was verified as a whole"""
    NOTHING_HELPS = "nothing-helps"
    NOT_TESTED = "not-tested"
    """nothing could be measured"""
    NOTHING_TO_TRY = "nothing-to-try"


class Conclusion(NamedTuple):
    """The outcome, and the trial that it is about."""

    outcome: Outcome
    trial: Trial | None = None


def of_run(diagnosis: Diagnosis, results: Results) -> Conclusion:
    """What the experiments on a run come to."""
    if results.sufficient:
        return Conclusion(Outcome.CURED)
    telling = by_importance(results)
    promising = next((one for one in telling if one.verdict is TrialVerdict.NOT_TESTED), None)
    if promising is not None:
        return Conclusion(Outcome.PROMISING, promising)
    if not telling:
        return Conclusion(Outcome.NOT_TESTED if results.trials else Outcome.NOTHING_TO_TRY)
    undecided = [one for one in telling if one.codes and one.verdict is TrialVerdict.NO_DIFFERENCE and is_ahead(one)]
    if undecided and results.steps < results.of_steps:
        return Conclusion(Outcome.TOO_SHORT, undecided[0])
    figure = next((one for one in telling if one.about_figure and one.verdict is TrialVerdict.VERIFIED), None)
    if figure is not None:
        return Conclusion(Outcome.FIGURE, figure)
    if diagnosis.verdict in LEARNS_WELL:
        return Conclusion(Outcome.NO_BETTER)
    part = next((one for one in telling if one.verdict is TrialVerdict.VERIFIED), None)
    return Conclusion(Outcome.PARTLY, part) if part is not None else Conclusion(Outcome.NOTHING_HELPS)
