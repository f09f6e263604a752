"""Two short controls that measure how fast branches are on this machine, and whether they start as the run did."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from unstuck.experiment.branch.branches import Branch, Branches, Limits
from unstuck.experiment.branch.end import End
from unstuck.experiment.branch.same_start import starts_alike
from unstuck.experiment.sandbox.leftovers import made_by_run
from unstuck.experiment.search.branch_length import Pace
from unstuck.experiment.search.settings import LEAST_STEP_SHARE, PROBE_STEPS

if TYPE_CHECKING:
    from unstuck.record.reader import Record


class Probes(NamedTuple):
    """Two controls that ran side by side, as fast as this machine is now."""

    short: Branch
    """of one step"""
    longer: Branch

    @classmethod
    def run(cls, branches: Branches, pace: Pace, budget: float) -> Probes:
        """Run them, each in at most a fourth of the budget."""
        steps = max(2, min(PROBE_STEPS, pace.steps))
        with ThreadPoolExecutor(2) as pool:
            lengths = (Limits(steps=each, seconds=budget / 4) for each in (1, steps))
            short, longer = pool.map(lambda limits: branches.run((), 0, limits), lengths)
        return cls(short, longer)

    def pace(self, watched: Pace) -> Pace:
        """Of branches; by the longer one's own clock, for the first of all pays for memory that others share."""
        taped = Pace.of(self.longer.record)
        step = taped.step if taped.steps > 1 else self.longer.seconds - self.short.seconds
        return Pace(watched.steps, self.short.seconds, max(LEAST_STEP_SHARE * watched.step, step))


def probed(branches: Branches, record: Record, pace: Pace, budget: float) -> Probes:
    """Probes of the run; where they do not begin as it did, without what it left, if they do so then."""
    probes = Probes.run(branches, pace, budget)
    told = probes.short.ended in (End.STEPS, End.FINISHED, End.EXCEPTION)
    if not told or starts_alike(record, probes.short.record) or not (left := made_by_run(record)):
        return probes
    branches.hidden = tuple(map(str, left))
    without = Probes.run(branches, pace, budget)
    if starts_alike(record, without.short.record):
        return without
    branches.hidden = ()
    return probes
