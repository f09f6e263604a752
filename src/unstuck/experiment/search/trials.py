"""What a branch says of its change: the trial with its effect and verdict, or why there is none."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import trainings
from unstuck.core.experiment import EXPECTED, MATERIAL, MOST_PAIRS, PAIRS, Curve, Effect, Proof, Trial
from unstuck.experiment.effect import WORST, Score, effect_of
from unstuck.experiment.held_out import held_out
from unstuck.experiment.search.runs import lengthened_by

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.experiment.search.planner import Search
    from unstuck.record.reader import Record

CURVE_POINTS = 200
SPENT = "the budget was spent"
UNTELLING = "its loss does not tell how much is learned: adversarial, a policy's, or against moving targets"
IDLE = "it found nothing to change"
LEARNING = "it was still learning when its branch ended"
UNSEEN = "the training loss does not tell what it is worth, and the script computes no held-out loss"
AHEAD = "after as many steps it is ahead of its control, and the run goes on"
OPEN = "after as many steps it is not surely worse than its control, and the run goes on"
BRIEF = "its branches were too short to say anything"
FEWEST_TELLING = 50
"""steps of the shortest branches that tell anything of a longer run"""
LITTLE = "it helps for certain, but little in a branch shorter than the run"
Set = tuple["Intervention", ...]


class Judge:
    """Judges the branches of one search."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.runs = search.runs

    def __call__(self, base: Set, candidate: Candidate, among: int = 1, whole: Set = ()) -> Trial:
        """What a candidate is worth on top of a set; ``whole`` where it does not come last in the two together."""
        changes = whole or (*base, candidate.intervention)
        treated = self.runs.done.get((changes, 0))
        if (base, 0) not in self.runs.done:
            return self._kept(base, candidate, changes, why=SPENT)
        why = self._untested(self.runs.done[base, 0], treated, changes.index(candidate.intervention))
        control = self.runs.score(base, 0)
        if not why and control is not None and not control.objective:
            why = UNTELLING
        material = EXPECTED if candidate.codes else MATERIAL
        effect = None if why else self._effect(base, changes, among, material)
        if effect is not None and candidate.intervention.held_out_only:
            return self._by_held_out(base, candidate, changes, among, material)
        alongside = None if effect is None else self._effect(base, changes, among, material, at_once=True)
        proof = Proof.NOT_TESTED if effect is None else effect.proof
        if effect is None:
            why = why or ("nothing was trained in its branch" if self.runs.has_run((changes, 0)) else SPENT)
        elif effect.promising and effect.pairs < PAIRS:
            proof, why = Proof.NOT_TESTED, few(effect)
        elif proof is not Proof.VERIFIED and not effect.harmful and self._may_yet(base, changes, effect):
            proof, why = Proof.NO_DIFFERENCE, LEARNING
        elif proof is Proof.REFUTED and self.runs.limits.steps < self.search.of_steps:
            why = self._too_short(effect, alongside)
            proof = Proof.NO_DIFFERENCE if why else proof
        held = self._held_out(base, changes) if effect is not None else None
        if held is not None and held.harmful and proof is Proof.VERIFIED:
            proof, why = Proof.REFUTED, "its training loss falls, its held-out loss rises"
        return self._kept(base, candidate, changes, why, proof, effect, held, alongside)

    def _too_short(self, effect: Effect, alongside: Effect | None) -> str:
        """Why branches that are shorter than the run refute nothing; empty where they do."""
        if effect.low > 0:
            return LITTLE
        if alongside is not None and not alongside.harmful:
            if alongside.low > 0:
                return AHEAD
            if alongside.pairs < PAIRS or alongside.high >= alongside.needed:
                return OPEN
        return BRIEF if self.runs.limits.steps < FEWEST_TELLING else ""

    def _by_held_out(self, base: Set, candidate: Candidate, changes: Set, among: int, material: float) -> Trial:
        """The verdict on one of which the training loss does not tell what it is worth."""
        effect = self._held_out(base, changes, among, material)
        if effect is None:
            return self._kept(base, candidate, changes, UNSEEN)
        proof, why = effect.proof, ""
        if effect.promising and effect.pairs < PAIRS:
            proof, why = Proof.NOT_TESTED, few(effect)
        elif proof is Proof.REFUTED and effect.low > 0:
            proof, why = Proof.NO_DIFFERENCE, "it helps for certain, but little"
        return self._kept(base, candidate, changes, why, proof, effect, on_held_out=True)

    def untried(self, candidate: Candidate, why: str) -> Trial:
        """One that gets no branch of its own."""
        return self._kept((), candidate, (candidate.intervention,), why)

    def _may_yet(self, base: Set, changes: Set, effect: Effect) -> bool:
        """Whether it would come to what matters by the end of the run, which is longer than its branch."""
        return self.search.floor_of(changes) - max(0.0, self.search.floor_of(base)) >= effect.needed

    def _kept(
        self, base: Set, candidate: Candidate, changes: Set, why: str, proof: Proof = Proof.NOT_TESTED,
        effect: Effect | None = None, held: Effect | None = None, alongside: Effect | None = None,
        on_held_out: bool = False,
    ) -> Trial:  # fmt: skip
        treated = self.runs.done.get((changes, 0))
        trial = self.search.trials[base, candidate] = Trial(
            title=candidate.title, names=(*(one.name for one in base), candidate.intervention.name),
            on_top_of=tuple(one.title for one in base), codes=candidate.codes, remedies=candidate.remedies,
            settings=asdict(candidate.intervention), found=found_by(candidate.intervention, treated),
            proof=proof, why=why, effect=effect, alongside=alongside, held_out=held, on_held_out=on_held_out,
            control_curve=self._curve(base), treated_curve=self._curve(changes),
        )  # fmt: skip
        return trial

    def _curve(self, changes: Set) -> Curve | None:
        """As far as it was looked at: it may have gone on."""
        branch = self.runs.done.get((changes, 0))
        return curve(branch.record, self.runs.training, self.runs.steps(changes)) if branch is not None else None

    def _untested(self, control: Branch, treated: Branch | None, at: int) -> str:
        """Why a branch says nothing about its change; empty where it does."""
        if treated is None or "seconds" in (treated.ended, control.ended):
            return SPENT
        if treated.ended == "refused":
            return treated.why
        if treated.ended == "killed":
            return "its branch did not end by itself"
        if len(treated.applied) <= at or not treated.applied[at]:
            return IDLE
        if treated.ended == "exception" and control.ended != "exception":
            return f"the changed script raised {treated.why}"
        return ""

    def _effect(
        self, base: Set, changes: Set, among: int, material: float, *, at_once: bool = False
    ) -> Effect | None:
        """Against what the run comes to by its end without the change; ``at_once`` for that after as many steps."""
        pairs = []
        for seed in range(MOST_PAIRS):
            control = self.runs.score(base, seed)
            treated = self.runs.score(changes, seed)
            if not self.runs.has_run((base, seed)) or treated is None:
                continue
            if "seconds" in (self.runs.done[base, seed].ended, self.runs.done[changes, seed].ended):
                continue
            if control is None:  # it trains nothing at all
                control = Score(
                    learned=0.0, noise=0.0, reference=treated.reference, verdict=treated.verdict, steps=0
                )  # fmt: skip
            pairs.append((control, treated))
        if len(pairs) < MOST_PAIRS:  # Student's quantile for four pairs has no closed form
            pairs = pairs[:PAIRS]
        floor = WORST if at_once else self.search.floor_of(base)
        return effect_of(pairs, floor, among, material) if pairs else None

    def _held_out(self, base: Set, changes: Set, among: int = 1, material: float = MATERIAL) -> Effect | None:
        pairs, at_ends = [], lengthened_by(changes) > lengthened_by(base)
        cut = ("seconds", "steps") if at_ends else ("seconds",)
        for seed in range(MOST_PAIRS):
            score = self.runs.score(base, seed)
            if score is not None and self.runs.has_run((changes, seed)):
                both = [self.runs.done[each, seed] for each in (base, changes)]
                if not any(one.ended in cut for one in both):
                    one, other = (branch.record for branch in both)
                    pairs.append(held_out(one, other, self.runs.training, score, at_ends=at_ends))
        known = [pair for pair in pairs if pair is not None]
        if len(known) < MOST_PAIRS:  # as in `_effect`
            known = known[:PAIRS]
        return effect_of(known, among=among, material=material) if known else None


def few(effect: Effect) -> str:
    """Why one that looks good is not verified."""
    return f"promising, but {effect.pairs} of {PAIRS} pairs fitted into the budget"


def found_by(one: Intervention, treated: Branch | None) -> str:
    """What an intervention found in a branch of its own and put in; empty for one whose title tells."""
    if not one.finds or treated is None or one not in treated.interventions:
        return ""
    at = treated.interventions.index(one)
    return ", ".join(treated.applied[at]) if len(treated.applied) > at else ""


def scattered(trial: Trial) -> bool:
    """Whether three pairs show what matters and lie too far apart to be sure: more may verify it."""
    effect = trial.effect
    return effect is not None and effect.pairs == PAIRS and effect.promising and trial.proof is Proof.NO_DIFFERENCE


def curve(record: Record, training: int | None, steps: int) -> Curve | None:
    """The training loss over so many backward calls, each point the mean of a stretch."""
    found = [cut for one in trainings(record) if (cut := one.cut(steps)).losses]
    if not found:
        return None
    chosen = [one for one in found if one.number == training]
    loss = (chosen[0] if chosen else max(found, key=lambda one: len(one.losses[0].value))).loss
    if loss is None or not len(loss.value):
        return None
    parts = np.array_split(np.arange(len(loss.value)), min(CURVE_POINTS, len(loss.value)))
    return Curve(
        steps=tuple(int(loss.index[part[-1]]) for part in parts),
        losses=tuple(float(loss.value[part].mean()) for part in parts),
    )
