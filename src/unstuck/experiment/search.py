"""Which changes make it learn: each alone, the best kept, the rest on top of it, up to three; then none too many."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.experiment import MOST_PAIRS, PAIRS, Proof, Results, Trial
from unstuck.experiment.effect import ENOUGH, WORST, Score, effect_of, score_of
from unstuck.experiment.judging import LEARNING, SPENT, Judge
from unstuck.experiment.together import Together
from unstuck.record.training import trainings

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from unstuck.experiment.branch import Branch, Branches, Limits
    from unstuck.experiment.candidates import Candidate
    from unstuck.experiment.intervention import Intervention

MOST_CHANGES = 3
"""changes in one set: real scripts have one, two or three faults at once"""
LONGER = 0.3
"""share of the time that is left, for the longer branch of what was found"""
CONFIRMING = 0.7
"""share of the time that is left, for longer pairs of a remedy that shorter ones left open"""
MUCH_LONGER = 1.5
"""times as many steps, from which on a longer branch is worth it"""
LOOKS = 3
"""at a remedy that is left open: at shorter pairs, at longer ones, at more of them"""
MOST_CONFIRMED = 2
"""candidates of the panel that get further seeds in one round; remedies of findings all do"""
Set = tuple["Intervention", ...]


@dataclass(slots=True)
class Search:
    """One search over the changes of one run."""

    branches: Branches
    candidates: Sequence[Candidate]
    limits: Limits
    budget: float
    """seconds of wall time"""
    of_steps: int
    """backward calls of the watched run"""
    floor: float = WORST
    """what the whole watched run reached"""
    training: int | None = None
    progress: Callable[[str], object] = print
    asked: bool = False
    """whether the candidates were asked for by name: they are tried, however much was learned without them"""
    done: dict[tuple[Set, int], Branch] = field(default_factory=dict)
    lengths: dict[tuple[Set, int], int] = field(default_factory=dict)
    """backward calls that each was given"""
    scores: dict[tuple[Path, int, float | None], Score | None] = field(default_factory=dict)
    """by the branch's directory, the steps looked at, and the reference"""
    trials: dict[tuple[Set, Candidate], Trial] = field(default_factory=dict)
    doubtful: dict[Set, list[Candidate]] = field(default_factory=dict)
    """remedies of findings that did not look good, by what they were tried on top of"""
    longest: float = 0.0
    parted: int | None = None
    began: float = field(default_factory=time.perf_counter)
    base: Set = ()
    """what is verified so far"""
    longer: dict[Set, Score] = field(default_factory=dict)
    """what such a set comes to in a longer branch"""
    interrupted: bool = False
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self)

    def run(self) -> Set:
        """The smallest set of changes found that makes it learn; empty where none was found.

        An interruption by the user ends it with what has been found by then.
        """
        try:
            self._run()
        except KeyboardInterrupt:
            self.interrupted = True
        return self.base

    def _run(self) -> None:
        first, second = self.branches.run_all([((), 0), ((), 0)], self.limits)
        self.keep(((), 0), first)
        self.longest = max(first.seconds, second.seconds)
        self.parted = parted(first, second)
        if first.ended == "refused":
            return
        remedies, panel = ([one for one in self.candidates if bool(one.codes) is cure] for cure in (True, False))
        self.base = self._in_turn((), remedies, most=len(remedies))
        self._look_longer()
        if not self.asked and not self._enough(self.base):
            self._together(remedies, panel)
            self._look_longer()
        if not self.asked and not self.base:
            self.base = self._in_longer_pairs((), remedies)
        # a helper may gain as much as the cure (clipping where gradients are never cleared), so remedies come first
        while not self._enough(self.base):
            more = self._in_turn(self.base, panel, most=MOST_CONFIRMED, rounds=1)
            more = more if more != self.base or self.asked else self._in_longer_pairs(self.base, self.candidates)
            if more == self.base:
                break
            self.base = self._in_turn(more, remedies, most=len(remedies))
            self._look_longer()
        self.base = self._without_the_needless(self.base)
        for on, doubtful in self.doubtful.items():
            self._doubt(doubtful, on)

    def _look_longer(self) -> None:
        """See in one longer branch what was found comes to, before more is put on top of it."""
        base, whole = self.base, self.limits
        more = any(self._open(one, base) for one in self.candidates)
        if not base or not more or base in self.longer or self._enough(base) or not self.has_run((base, 0)):
            return
        self.limits = self._longer(base, 1, LONGER)
        if self.limits.steps > whole.steps:
            self.ensure([(base, 0)])
            score = self.score(base, 0)
            if score is not None:
                self.longer[base] = score
        self.limits = whole

    def _in_longer_pairs(self, base: Set, candidates: Sequence[Candidate]) -> Set:
        """The set with what would come furthest of all left open, where longer pairs, or more of them, verify it."""
        whole, open_ = self.limits, [one for one in candidates if self._left_open(base, one)]
        if not open_:
            return base
        best = max(open_, key=lambda one: self.floor_of((*base, one.intervention)))
        changes = (*base, best.intervention)
        longer = self._longer(changes, 2 * MOST_PAIRS, CONFIRMING)
        if longer.steps >= min(self.of_steps, MUCH_LONGER * whole.steps):
            self.limits = longer
        elif not self._promising(base, best):  # more pairs of the same length tell no more of what was still learning
            return base
        for seeds in (range(PAIRS), range(PAIRS, MOST_PAIRS)):
            before = self.trials[base, best]
            self.ensure([(each, seed) for seed in seeds for each in (base, changes)])
            after = self.judge(base, best, among=LOOKS)
            if after.proof is Proof.NOT_TESTED:
                self.trials[base, best] = before
            if after.effect is None or after.proof is Proof.VERIFIED:
                break
        self.limits = whole
        return changes if self.trials[base, best].proof is Proof.VERIFIED else base

    def _left_open(self, base: Set, one: Candidate) -> bool:
        trial = self.trials.get((base, one))
        if trial is None or trial.effect is None or trial.proof is Proof.VERIFIED:
            return False
        return trial.effect.promising or trial.why == LEARNING

    def _promising(self, base: Set, one: Candidate) -> bool:
        effect = self.trials[base, one].effect
        return effect is not None and effect.promising

    def _longer(self, changes: Set, number: int, share: float) -> Limits:
        """As many steps as so many branches may have in a share of the time that is left."""
        pace = self.done[changes, 0].seconds / self.lengths[changes, 0]  # with its set-up: more than a step takes
        time_ = share * (self.budget - (time.perf_counter() - self.began)) * min(number, self.branches.workers) / number
        steps = min(self.of_steps, int(time_ / pace) if pace else self.of_steps)
        return replace(self.limits, steps=steps, seconds=max(self.limits.seconds, 2 * steps * pace))

    def _together(self, remedies: Sequence[Candidate], panel: Sequence[Candidate]) -> None:
        """Faults that hide each other."""
        together = Together(self, MOST_CHANGES)
        for whole in together.promising(self.base, remedies, panel):
            proved = together.proved(whole)
            if proved:
                self.base = self._better(self.base, proved)
                break

    # ---- one round -----------------------------------------------------------------------------------

    def _in_turn(self, base: Set, candidates: Sequence[Candidate], most: int, rounds: int = MOST_CHANGES) -> Set:
        """A set, with the best candidate that is verified on top of it, and so on."""
        for _ in range(min(rounds, MOST_CHANGES - len(base))):
            best = self._best(base, [one for one in candidates if self._open(one, base)], most)
            if best is None:
                break
            base = (*base, best.intervention)
            if self.learned(base) >= ENOUGH and not self._unproved():
                break
        return base

    def _enough(self, base: Set) -> bool:
        longer = self.longer.get(base)
        reached = max(self.learned(base), longer.learned if longer is not None else WORST)
        return reached >= ENOUGH and bool(base or not self.asked)

    def floor_of(self, base: Set) -> float:
        """What must be beaten on top of a set: what the whole run came to, or what the set would come to by its end.

        A change that only hurries is no repair.
        """
        score = self.longer.get(base) or (self.score(base, 0) if base else None)
        return score.projected(self.of_steps) if score is not None else self.floor

    def _better(self, base: Set, *others: Set) -> Set:
        """The best of these sets, a larger one only where it gains what matters."""
        for other in others:
            less, more = self.score(base, 0), self.score(other, 0)
            if other and less is not None and more is not None:
                base = other if effect_of([(less, more)], self.floor_of(base)).promising else base
        return base

    def _best(self, base: Set, candidates: Sequence[Candidate], most: int) -> Candidate | None:
        """Try each with the first seed, the promising ones with further seeds; the best that is verified."""
        self.ensure([((*base, one.intervention), 0) for one in candidates])
        for one in candidates:
            self.judge(base, one)
        promising = [one for one in candidates if self._gain(base, one) is not None]
        confirmed = sorted(promising, key=lambda one: -self._of(base, one))[:most]
        further = range(1, PAIRS)
        self.ensure([(base, seed) for seed in further if confirmed])
        for one in confirmed:
            self.ensure([((*base, one.intervention), seed) for seed in further])
            self.judge(base, one, among=len(confirmed))
        self.doubtful.setdefault(base, []).extend(one for one in candidates if one.codes and one not in confirmed)
        proved = [one for one in confirmed if self.trials[base, one].proof is Proof.VERIFIED]
        return max(proved, key=lambda one: self._of(base, one), default=None)

    def _doubt(self, remedies: Sequence[Candidate], base: Set) -> None:
        """A remedy of a finding that did not look good is refuted by further seeds only; they come last of all."""
        trials = {one: self.trials[base, one].effect for one in remedies}
        tested = [one for one, effect in trials.items() if effect is not None and effect.pairs < PAIRS]
        for one in tested if self.learned(base) >= ENOUGH or not base else ():
            self.ensure([key for seed in range(1, PAIRS) for key in ((base, seed), ((*base, one.intervention), seed))])
            self.judge(base, one, among=len(tested))

    def _open(self, candidate: Candidate, base: Set) -> bool:
        """Whether there is something to try: not another setting of what is in the base already."""
        return not (any(type(one) is type(candidate.intervention) for one in base) or self.idle(candidate))

    def idle(self, candidate: Candidate) -> bool:
        """Whether it was tried alone and could not be, for want of anything to change or because it broke."""
        before = self.trials.get(((), candidate))
        return before is not None and before.effect is None and before.why != SPENT

    def gained(self, candidate: Candidate) -> float:
        """What it gained alone."""
        trial = self.trials.get(((), candidate))
        return trial.effect.gain if trial is not None and trial.effect is not None else -math.inf

    def _gain(self, base: Set, candidate: Candidate) -> float | None:
        return self._of(base, candidate) if self._promising(base, candidate) else None

    def _of(self, base: Set, candidate: Candidate) -> float:
        effect = self.trials[base, candidate].effect
        return effect.gain if effect is not None else -math.inf

    def _unproved(self) -> list[Candidate]:
        """Remedies of findings that no round has verified."""
        proved = {one for (_, one), trial in self.trials.items() if trial.proof is Proof.VERIFIED}
        codes = {code for one in proved for code in one.codes}
        return [one for one in self.candidates if one.codes and not codes & set(one.codes)]

    def _without_the_needless(self, base: Set) -> Set:
        """Take out, one after the other, what the rest does not need."""
        for one in base[:-1]:
            rest = tuple(other for other in base if other is not one)
            self.ensure([(rest, 0)])
            kept, less = self.score(base, 0), self.score(rest, 0)
            if kept is not None and less is not None:
                base = base if effect_of([(less, kept)], self.floor_of(rest)).promising else rest
        return base

    # ---- branches ------------------------------------------------------------------------------------

    def ensure(self, wanted: Sequence[tuple[Set, int]]) -> None:
        """Run what has not been run, as far as the time allows, as many at a time as there may be."""
        missing = [one for one in dict.fromkeys(wanted) if not self.has_run(one)]
        running: dict[Future[Branch], tuple[Set, int]] = {}
        while missing or running:
            left = self.budget - (time.perf_counter() - self.began)
            while missing and len(running) < self.branches.workers and left >= 0.5 * self.longest:
                key = missing.pop(0)
                limits = replace(self.limits, seconds=min(self.limits.seconds, max(1.0, left)))
                running[self.branches.submit(*key, limits)] = key
                self.progress(", ".join(title(changes) for changes, _ in running.values()))
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                branch = future.result()
                self.keep(running.pop(future), branch)
                self.longest = max(self.longest, branch.seconds)

    def has_run(self, key: tuple[Set, int]) -> bool:
        """Whether there is a branch as long as those that are wanted now."""
        branch = self.done.get(key)
        return branch is not None and (branch.ended != "steps" or self.lengths[key] >= self.limits.steps)

    def keep(self, key: tuple[Set, int], branch: Branch) -> None:
        """Remember what a branch came to; one that the clock cut says less than a shorter one that it did not."""
        if branch.ended != "seconds" or key not in self.done:
            self.done[key] = branch
            self.lengths[key] = self.limits.steps

    def score(self, changes: Set, seed: int) -> Score | None:
        """How far a branch came in as many steps as are wanted now; None where it has not run so long.

        Where there is no constant answer, all are held against the beginning of the same start without changes.
        """
        if not self.has_run((changes, seed)):
            return None
        return self._scored(self.done[changes, seed], self._reference(seed) if changes else None)

    def _reference(self, seed: int) -> float | None:
        control = self.done.get(((), seed))
        score = self._scored(control, None) if control is not None else None
        return score.reference if score is not None and score.comparable else None

    def _scored(self, branch: Branch, reference: float | None) -> Score | None:
        steps = self.limits.steps
        key = (branch.directory, steps, reference)
        if key not in self.scores:
            self.scores[key] = score_of(branch.record, self.training, reference, steps)
        return self.scores[key]

    def learned(self, changes: Set) -> float:
        score = self.score(changes, 0)
        return score.learned if score is not None else WORST

    def results(self, sufficient: Set) -> Results:
        """Everything that was tried, the largest effect first."""
        trials = sorted(self.trials.values(), key=lambda one: -(one.effect.gain if one.effect else -math.inf))
        first = self.done.get(((), 0))
        return Results(
            way="re-run", steps=self.lengths.get(((), 0), self.limits.steps), of_steps=self.of_steps,
            reached=self.floor,
            reached_after=self.learned(sufficient) if sufficient else self.floor,
            trials=tuple(trials), sufficient=tuple(one.title for one in sufficient),
            seconds=time.perf_counter() - self.began, budget=self.budget, repeatable=self.parted is None,
            parted=self.parted, training=self.training,
            interrupted=self.interrupted, refused=first.why if first is not None and first.ended == "refused" else "",
        )  # fmt: skip


def title(changes: Set) -> str:
    """The changes in words."""
    return " + ".join(one.title for one in changes) or "control"


def parted(one: Branch, other: Branch) -> int | None:
    """The backward call from which two branches have no longer the same losses, bit for bit; None for never."""
    first, second = (
        [series for training in trainings(each.record) for series in training.losses] for each in (one, other)
    )
    places = []
    for a, b in zip(first, second, strict=False):
        common = min(len(a.value), len(b.value))
        x, y = a.value[:common], b.value[:common]
        differ = np.flatnonzero((x != y) & ~(np.isnan(x) & np.isnan(y)))
        places += [int(a.index[differ[0]])] if len(differ) else []
    if places:
        return min(places)
    cut = "seconds" in (one.ended, other.ended)  # by the clock, not at the same step
    lengths = [[len(each.value) for each in some] for some in (first, second)]
    return None if cut or lengths[0] == lengths[1] else min(min(some, default=0) for some in lengths)
