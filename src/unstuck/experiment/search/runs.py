"""The branches of one search: each run once, as far as the time allows, and remembered with its score."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import trainings
from unstuck.experiment.effect import WORST, Score, score_of

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from unstuck.experiment.branch.branches import Branch, Branches, Limits
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention

WORTH_STARTING = 0.5
"""of the time that the longest branch took, that must be left for one more"""
Set = tuple["Intervention", ...]


@dataclass(slots=True)
class Runs:
    """What has been run, by its changes and its seed."""

    branches: Branches
    limits: Limits
    """of the branches that are wanted now"""
    budget: float
    """seconds of wall time"""
    training: int | None = None
    """that is looked at; by default the longest of each branch"""
    progress: Callable[[str], object] = print
    done: dict[tuple[Set, int], Branch] = field(default_factory=dict)
    lengths: dict[tuple[Set, int], int] = field(default_factory=dict)
    """backward calls that each was given"""
    scores: dict[tuple[Path, int, float | None], Score | None] = field(default_factory=dict)
    """by the branch's directory, the steps looked at, and the reference"""
    longest: float = 0.0
    """seconds that a branch took"""
    began: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        """Seconds."""
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        """Seconds."""
        return self.budget - self.spent

    def controls(self) -> tuple[Branch, int | None]:
        """The control, run twice, and the backward call from which the two part."""
        first, second = self.branches.run_all([((), 0), ((), 0)], self.limits)
        self.keep(((), 0), first)
        self.longest = max(first.seconds, second.seconds)
        return first, parted(first, second)

    def ensure(self, wanted: Sequence[tuple[Set, int]]) -> None:
        """Run what has not been run, as far as the time allows, as many at a time as there may be."""
        missing = [one for one in dict.fromkeys(wanted) if not self.has_run(one)]
        running: dict[Future[Branch], tuple[Set, int]] = {}
        while missing or running:
            left = self.left
            while missing and len(running) < self.branches.workers and left >= WORTH_STARTING * self.longest:
                key = missing.pop(0)
                steps, most = self.steps(key[0]), self.limits.seconds * lengthened_by(key[0])
                limits = replace(self.limits, steps=steps, seconds=min(most, max(1.0, left)))
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
        return branch is not None and (branch.ended != "steps" or self.lengths[key] >= self.steps(key[0]))

    def steps(self, changes: Set) -> int:
        """Backward calls of a branch that is wanted now: more of one whose run is longer."""
        return self.limits.steps * lengthened_by(changes)

    def keep(self, key: tuple[Set, int], branch: Branch) -> None:
        """Remember what a branch came to; one that the clock cut says less than a shorter one that it did not."""
        if branch.ended != "seconds" or key not in self.done:
            self.done[key] = branch
            self.lengths[key] = self.steps(key[0])

    @contextmanager
    def limited(self, limits: Limits) -> Iterator[None]:
        """Branches of another length for a while."""
        before, self.limits = self.limits, limits
        try:
            yield
        finally:
            self.limits = before

    def pace(self, changes: Set) -> float:
        """Seconds of a step, with its share of the set-up: more than a step takes."""
        return self.done[changes, 0].seconds / self.lengths[changes, 0]

    def lengthened(self, changes: Set, number: int, share: float, most: int) -> Limits:
        """As many steps as so many branches may have in a share of the time that is left, at most ``most``."""
        pace = self.pace(changes)
        each = share * self.left * min(number, self.branches.workers) / number
        steps = min(most, int(each / pace) if pace else most)
        return replace(self.limits, steps=steps, seconds=max(self.limits.seconds, 2 * steps * pace))

    # ---- scores --------------------------------------------------------------------------------------

    def score(self, changes: Set, seed: int) -> Score | None:
        """How far a branch came in as many steps as are wanted now; None where it has not run so long.

        Where there is no constant answer, all are held against the beginning of the same start without changes.
        """
        if not self.has_run((changes, seed)):
            return None
        return self._scored(self.done[changes, seed], self._reference(seed) if changes else None, self.steps(changes))

    def learned(self, changes: Set) -> float:
        """The same as a share, of the first seed."""
        score = self.score(changes, 0)
        return score.learned if score is not None else WORST

    def _reference(self, seed: int) -> float | None:
        """That of the control of the same start; where it has not run, of the first."""
        control = self.done.get(((), seed)) or self.done.get(((), 0))
        score = self._scored(control, None, self.limits.steps) if control is not None else None
        return score.reference if score is not None and score.comparable else None

    def _scored(self, branch: Branch, reference: float | None, steps: int) -> Score | None:
        key = (branch.directory, steps, reference)
        if key not in self.scores:
            self.scores[key] = score_of(branch.record, self.training, reference, steps)
        return self.scores[key]


def lengthened_by(changes: Set) -> int:
    """Times as many steps that a run with these changes takes."""
    return max((one.lengthens for one in changes), default=1)


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
