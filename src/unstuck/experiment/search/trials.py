"""A trial from finished runs: its pairs, its effects, and its verdict, or why there is none."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from unstuck.core.experiment import EXPECTED, MATERIAL, MOST_PAIRS, PAIRS, Effect, Reason, Trial, TrialVerdict
from unstuck.core.trial_verdict import Judgement, Measured, of_figure, of_held_out_trial, of_trial
from unstuck.experiment.branch.end import End
from unstuck.experiment.effect import effect_of
from unstuck.experiment.held_out import held_out
from unstuck.experiment.score import WORST, Score
from unstuck.experiment.search.history import lengthened_by
from unstuck.experiment.search.loss_curve import loss_curve

if TYPE_CHECKING:
    from unstuck.core.experiment import Curve, HeldOutFigure
    from unstuck.experiment.branch.branches import Branch
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.history import Changes
    from unstuck.experiment.search.search_state import Ledger

NOT_TESTED = TrialVerdict.NOT_TESTED


def judge(ledger: Ledger, base: Changes, candidate: Candidate, among: int = 1, whole: Changes = ()) -> Trial:
    """Judge a candidate on top of a set by the runs so far, and record the trial.

    Args:
        ledger: of the search.
        base: the changes of the control.
        candidate: the change that the trial is about.
        among: how many were looked at again with further seeds.
        whole: all changes of the treated runs, where the candidate does not come last in them.
    """
    changes = whole or (*base, candidate.intervention)
    made = _Trial(ledger, base, candidate, changes)
    control, treated = ledger.history.branch(base), ledger.history.branch(changes)
    if control is None:
        return made.not_tested(Reason.BUDGET_SPENT)
    reason, detail = _says_nothing(control, treated, changes.index(candidate.intervention))
    score = ledger.score(base)
    if reason is None and score is not None and not score.objective:
        reason = Reason.NO_OBJECTIVE
    if reason is not None:
        return made.not_tested(reason, detail)
    material = EXPECTED if candidate.codes else MATERIAL
    effect = _effect(ledger, base, changes, ledger.floor_of(base), among, material)
    if effect is None:
        return made.not_tested(Reason.NOTHING_TRAINED if ledger.has_run((changes, 0)) else Reason.BUDGET_SPENT)
    if candidate.intervention.held_out_only:
        effect = _held_out(ledger, base, changes, among, material)
        if effect is None:
            return made.not_tested(Reason.NO_HELD_OUT_LOSS)
        return made.judged(of_held_out_trial(effect), effect, on_held_out=True)
    alongside = _effect(ledger, base, changes, WORST, among, material)
    held = _held_out(ledger, base, changes)
    judgement = of_trial(
        Measured(
            effect=effect, alongside=alongside, held_out=held, branch_steps=ledger.limits.steps,
            run_steps=ledger.situation.of_steps,
            gain_by_the_end=ledger.floor_of(changes) - max(0.0, ledger.floor_of(base)),
        )
    )  # fmt: skip
    return made.judged(judgement, effect, alongside, held)


def untried(ledger: Ledger, candidate: Candidate, reason: Reason, budget_needed: float | None = None) -> Trial:
    """Record a candidate that gets no branch of its own."""
    return _Trial(ledger, (), candidate, (candidate.intervention,)).not_tested(reason, budget_needed=budget_needed)


def judge_figures(
    ledger: Ledger, candidate: Candidate, changes: Changes, pairs: list[tuple[Score, Score]],
    figures: tuple[HeldOutFigure, ...], lacking: tuple[Reason, str],
) -> Trial:  # fmt: skip
    """Judge a candidate by held-out examples, and record the trial.

    Args:
        ledger: of the search.
        candidate: the change that the trial is about.
        changes: of the treated runs; none where the control's own tell all.
        pairs: scores of control and treated run.
        figures: to show.
        lacking: why there are no pairs.
    """
    made = _Trial(ledger, (), candidate, changes)
    control, treated = ledger.history.branch(()), ledger.history.branch(changes)
    reason, detail = (None, "") if control is None or not changes else _says_nothing(control, treated, 0)
    if not pairs and (reason is None or lacking[0] is Reason.REFUSED):
        reason, detail = lacking
    if reason is not None:
        return made.not_tested(reason, detail)
    effect = effect_of(pairs, material=EXPECTED if candidate.codes else MATERIAL)
    how = candidate.intervention.about_figure
    judgement = of_held_out_trial(effect) if how is None else of_figure(effect, how)
    trial = made.judged(judgement, effect, on_held_out=True)
    return ledger.record((), candidate, replace(trial, figures=figures, about_figure=how))


class _Trial:
    """A trial whose verdict is yet to come."""

    def __init__(self, ledger: Ledger, base: Changes, candidate: Candidate, changes: Changes) -> None:
        self.ledger = ledger
        self.base = base
        self.candidate = candidate
        self.changes = changes

    def not_tested(self, reason: Reason, detail: str = "", budget_needed: float | None = None) -> Trial:
        return self._recorded(Judgement(NOT_TESTED, reason), detail=detail, budget_needed=budget_needed)

    def judged(
        self, judgement: Judgement, effect: Effect, alongside: Effect | None = None, held: Effect | None = None, *,
        on_held_out: bool = False,
    ) -> Trial:  # fmt: skip
        return self._recorded(judgement, effect, alongside, held, on_held_out=on_held_out)

    def _recorded(
        self, judgement: Judgement, effect: Effect | None = None, alongside: Effect | None = None,
        held: Effect | None = None, *, on_held_out: bool = False, detail: str = "",
        budget_needed: float | None = None,
    ) -> Trial:  # fmt: skip
        candidate, one = self.candidate, self.candidate.intervention
        trial = Trial(
            title=candidate.title, names=(*(other.name for other in self.base), one.name),
            on_top_of=tuple(other.title for other in self.base), codes=candidate.codes, remedies=candidate.remedies,
            settings=asdict(one), found=_value_found(one, self.ledger.history.branch(self.changes)),
            verdict=judgement.verdict, reason=judgement.reason, detail=detail, budget_needed=budget_needed,
            effect=effect, alongside=alongside, held_out=held, on_held_out=on_held_out,
            control_curve=self._curve(self.base), treated_curve=self._curve(self.changes),
        )  # fmt: skip
        return self.ledger.record(self.base, candidate, trial)

    def _curve(self, changes: Changes) -> Curve | None:
        """As far as the branch was looked at: it may have gone on."""
        branch, ledger = self.ledger.history.branch(changes), self.ledger
        return loss_curve(branch.record, ledger.history.training, ledger.steps(changes)) if branch is not None else None


def _says_nothing(control: Branch, treated: Branch | None, at: int) -> tuple[Reason | None, str]:
    """Why a branch says nothing about its change, with the words of the program; None where it does."""
    if treated is None or End.SECONDS in (treated.ended, control.ended):
        return Reason.BUDGET_SPENT, ""
    if treated.ended == End.REFUSED:
        return Reason.REFUSED, treated.why
    if treated.ended == End.KILLED:
        return Reason.KILLED, ""
    if len(treated.applied) <= at or not treated.applied[at]:
        return Reason.NOTHING_TO_CHANGE, ""
    if treated.ended == End.EXCEPTION and control.ended != End.EXCEPTION:
        return Reason.RAISED, treated.why
    return None, ""


def _effect(
    ledger: Ledger, base: Changes, changes: Changes, floor: float, among: int, material: float
) -> Effect | None:
    """The effect on the training loss, over all pairs of both that have run; None without a pair."""
    pairs = []
    for seed in range(MOST_PAIRS):
        control, treated = ledger.score(base, seed), ledger.score(changes, seed)
        if not ledger.has_run((base, seed)) or treated is None or _cut_by_clock(ledger, (base, changes), seed):
            continue
        if control is None:  # it trains nothing at all
            control = Score(learned=0.0, noise=0.0, reference=treated.reference, verdict=treated.verdict, steps=0)
        pairs.append((control, treated))
    return effect_of(_countable(pairs), floor, among, material) if pairs else None


def _held_out(
    ledger: Ledger, base: Changes, changes: Changes, among: int = 1, material: float = MATERIAL
) -> Effect | None:
    """The effect on the held-out loss; None where the script computes none."""
    at_ends = lengthened_by(changes) > lengthened_by(base)
    pairs = []
    for seed in range(MOST_PAIRS):
        score = ledger.score(base, seed)
        control, treated = ledger.history.branch(base, seed), ledger.history.branch(changes, seed)
        if score is None or control is None or treated is None or not ledger.has_run((changes, seed)):
            continue
        cut = (End.SECONDS, End.STEPS) if at_ends else (End.SECONDS,)
        if control.ended in cut or treated.ended in cut:
            continue
        pair = held_out(control.record, treated.record, ledger.history.training, score, at_ends=at_ends)
        if pair is not None:
            pairs.append(pair)
    return effect_of(_countable(pairs), among=among, material=material) if pairs else None


def _countable(pairs: list[tuple[Score, Score]]) -> list[tuple[Score, Score]]:
    """All of them, or the first `PAIRS`: Student's quantile for four pairs has no closed form."""
    return pairs if len(pairs) >= MOST_PAIRS else pairs[:PAIRS]


def _cut_by_clock(ledger: Ledger, sets: tuple[Changes, Changes], seed: int) -> bool:
    branches = (ledger.history.branch(changes, seed) for changes in sets)
    return any(branch is not None and branch.ended == End.SECONDS for branch in branches)


def _value_found(one: Intervention, treated: Branch | None) -> str:
    """What an intervention found in a branch of its own and used; empty for one whose title names it."""
    if not one.finds or treated is None or one not in treated.interventions:
        return ""
    at = treated.interventions.index(one)
    return ", ".join(treated.applied[at]) if len(treated.applied) > at else ""
