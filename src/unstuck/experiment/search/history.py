"""The finished runs of one search, as an immutable list, and how far each came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unstuck.experiment.branch.end import End
from unstuck.experiment.score import WORST, Score, score_of

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch, Limits
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention

Changes = tuple["Intervention", ...]
"""a set of interventions in the order in which they are installed; empty for the control"""
Scores = dict[tuple[Path, int, float | None], Score | None]


class Key(NamedTuple):
    """What identifies a run: its changes and its seed."""

    changes: Changes
    seed: int


CONTROL = Key((), 0)


@dataclass(frozen=True, slots=True)
class Request:
    """What the planner wants to be run next."""

    runs: tuple[Key, ...]
    limits: Limits
    """of a run without a change that makes it longer"""
    whatever_is_left: bool = False
    """whether these runs are made even if the budget is spent"""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """One branch that has run."""

    key: Key
    steps: int
    """backward calls that it was given"""
    branch: Branch


@dataclass(frozen=True, slots=True)
class Report:
    """What the runner did for one request: the runs for which there was time, and the time used so far."""

    runs: tuple[FinishedRun, ...]
    spent: float
    """seconds since the search began"""


@dataclass(frozen=True)
class History:
    """Finished runs in order. All questions about them are answered for branches of a given length."""

    runs: tuple[FinishedRun, ...] = ()
    training: int | None = None
    """number of the training that is looked at; by default the longest of each branch"""
    scores: Scores = field(default_factory=dict, compare=False, repr=False)
    """scores computed so far, by the branch's directory, the steps looked at, and the reference"""

    def with_runs(self, runs: Iterable[FinishedRun]) -> History:
        """The same with more runs at its end."""
        return replace(self, runs=(*self.runs, *runs))

    @cached_property
    def latest(self) -> Mapping[Key, FinishedRun]:
        """The last run of each key; one that the clock cut does not replace one that it did not cut."""
        found: dict[Key, FinishedRun] = {}
        for run in self.runs:
            if run.branch.ended != End.SECONDS or run.key not in found:
                found[run.key] = run
        return found

    def branch(self, changes: Changes, seed: int = 0) -> Branch | None:
        """The branch with these changes and this seed; None where none has run."""
        run = self.latest.get(Key(changes, seed))
        return run.branch if run is not None else None

    def has_run(self, key: tuple[Changes, int], steps: int) -> bool:
        """Whether there is a branch as long as ``steps``, times what its changes lengthen the run by."""
        changes, seed = key
        run = self.latest.get(Key(changes, seed))
        return run is not None and (run.branch.ended != End.STEPS or run.steps >= steps * lengthened_by(changes))

    def score(self, changes: Changes, seed: int, steps: int) -> Score | None:
        """How far a branch came within ``steps``; None where it has not run so long.

        Without a constant baseline, all branches are compared with the start of the control of the same seed.
        """
        branch = self.branch(changes, seed)
        if branch is None or not self.has_run((changes, seed), steps):
            return None
        reference = self._reference(seed, steps) if changes else None
        return self._scored(branch, reference, steps * lengthened_by(changes))

    def learned(self, changes: Changes, steps: int) -> float:
        """The same as a share of the reference, of the first seed."""
        score = self.score(changes, 0, steps)
        return score.learned if score is not None else WORST

    def pace(self, changes: Changes) -> float:
        """Seconds of a step, with its share of the set-up: more than a step takes."""
        run = self.latest[Key(changes, 0)]
        return run.branch.seconds / run.steps

    def _reference(self, seed: int, steps: int) -> float | None:
        """The reference of the control of the same seed; where it has not run, of the first."""
        control = self.branch((), seed) or self.branch(())
        score = self._scored(control, None, steps) if control is not None else None
        return score.reference if score is not None and score.comparable else None

    def _scored(self, branch: Branch, reference: float | None, steps: int) -> Score | None:
        key = (branch.directory, steps, reference)
        if key not in self.scores:
            self.scores[key] = score_of(branch.record, self.training, reference, steps)
        return self.scores[key]


def lengthened_by(changes: Changes) -> int:
    """Times as many steps that a run with these changes takes."""
    return max((one.lengthens for one in changes), default=1)


def title(changes: Changes) -> str:
    """The changes in words."""
    return " + ".join(one.title for one in changes) or "control"
