"""How long branches are, so that what is to be tried fits into the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.experiment import PAIRS
from unstuck.experiment.branch.branches import Limits
from unstuck.experiment.search.settings import (
    BRANCH_SLACK,
    CONTROL_BRANCHES,
    EARLY_END_COST,
    FEWEST_STEPS,
    GROUP_BRANCHES,
    LEAST_STEPS,
    LEAST_TRIED,
    MAX_SETUP_STEPS,
)

if TYPE_CHECKING:
    from unstuck.experiment.search.candidates import Candidate
    from unstuck.record.reader import Record


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the watched run was."""

    steps: int
    """backward calls"""
    setup: float
    """seconds before the first"""
    step: float
    """seconds for each"""

    @classmethod
    def of(cls, record: Record) -> Pace:
        """From the timeline of the part that trained."""
        times = [loss.time for one in trainings(record) if (loss := one.loss) is not None and len(loss.time)]
        if not times or record.main is None:
            return cls(0, 1.0, 0.01)
        first, last = min(float(t[0]) for t in times), max(float(t[-1]) for t in times)
        steps = sum(one.loss.index[-1] - one.loss.index[0] + 1 for one in trainings(record) if one.losses and one.loss)
        return cls(int(steps), first, (last - first) / max(1, int(steps)))

    def within(self, seconds: float) -> int:
        """Steps of a branch that takes so long."""
        return int((seconds - self.setup) / self.step) if self.step > 0 else self.steps or FEWEST_STEPS


def planned(pace: Pace, tried: Sequence[Candidate], budget: float, workers: int, *, asked: bool = False) -> Limits:
    """How long each branch is.

    All branches have the same length, but for those of the panel that soon find that there is nothing to change. Where
    the budget is small, it is shared among the first remedies before a branch becomes too short to say anything.
    """
    first = [one for one in tried if asked or one.codes]
    number = len(first)
    balanced = int(pace.setup / pace.step) if pace.step > 0 else 0  # as long as the set-up
    fewest = min(max(FEWEST_STEPS, min(balanced, MAX_SETUP_STEPS)), pace.steps) or FEWEST_STEPS
    while True:
        confirmations = (PAIRS - 1) * min(number, 2)
        count = CONTROL_BRANCHES + confirmations + sum(map(cost, first[:number]))
        count += 0 if asked else for_combinations(tried)
        each = budget * workers / count / BRANCH_SLACK
        steps = pace.within(each)
        if steps >= fewest or number <= 2:
            break
        number -= 1
    steps = max(fewest, min(steps, pace.steps or fewest))
    fewest_branches = CONTROL_BRANCHES + LEAST_TRIED
    steps = min(steps, max(LEAST_STEPS, pace.within(budget * workers / fewest_branches / BRANCH_SLACK)))
    return Limits(steps=steps, seconds=4 * (pace.setup + steps * pace.step) + 5.0)


def cost(candidate: Candidate) -> float:
    """Branches that a candidate counts as: one of the panel that ends early where it has nothing to change is less."""
    return 1.0 if candidate.codes or not candidate.intervention.prompt else EARLY_END_COST


def for_combinations(tried: Sequence[Candidate]) -> int:
    """Branches for finding out which of several changes are needed together, and for proving each of them."""
    kinds = {type(one.intervention) for one in tried if one.codes}
    panel = GROUP_BRANCHES if any(not one.codes for one in tried) else 0
    return panel + (PAIRS * (len(kinds) + 1) if len(kinds) > 1 or panel else 0)
