"""Verify a recorded run: plan the branches, search, keep what was found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from unstuck.analysis.run.training import trainings
from unstuck.core.diagnosis import OWN_END
from unstuck.core.errors import UsageError
from unstuck.core.experiment import PAIRS, Results
from unstuck.experiment.branch.branches import Branch, Branches, Limits, Origin
from unstuck.experiment.branch.same_start import begins_alike, elsewhere
from unstuck.experiment.effect import WORST, score_of
from unstuck.experiment.sandbox.leftovers import left_by
from unstuck.experiment.sandbox.scratch_folder import scratch
from unstuck.experiment.search.candidates import Candidate, candidates
from unstuck.experiment.search.planner import Search
from unstuck.experiment.search.runs import Runs
from unstuck.experiment.search.trials import FEWEST_TELLING

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record

LONGEST = 120.0
"""seconds of the default budget, where the run itself took longer"""
SHORTEST = 10.0
"""seconds of the default budget, where the run itself was shorter: less is spent on a script's own set-up"""
FEWEST_STEPS = 100
"""backward calls below which a branch says little; a shorter run is branched whole"""
LEAST_STEPS = 8
"""backward calls that a branch has, however long one takes"""
LEAST_TRIED = 4
"""branches beside the controls that must fit, or steps are so slow that branches are shorter than `FEWEST_STEPS`"""
CONTROLS = 2 + PAIRS - 1
PROMPT = 64
"""backward calls within which most changes take effect if they do; gradients may be gathered over many"""
PROBE_STEPS = 60
LEAST_STEP = 0.5
"""of the watched run's time for a step, that a branch takes at least: by the probes it may seem to take none"""
MOST_BALANCED = 400
"""backward calls up to which a long set-up makes a branch longer"""
EVERYTHING = 16
"""branches in which everything sane of the panel is tried at once, and taken out again as far as it is not needed"""
EARLY = 0.5
"""of a whole branch: one that may end after `PROMPT` calls, as most of those do"""
SLACK = 1.2
"""what branches may take longer than those that were measured"""


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
        """From the tape of the part that trained."""
        times = [loss.time for one in trainings(record) if (loss := one.loss) is not None and len(loss.time)]
        if not times or record.main is None:
            return cls(0, 1.0, 0.01)
        first, last = min(float(t[0]) for t in times), max(float(t[-1]) for t in times)
        steps = sum(one.loss.index[-1] - one.loss.index[0] + 1 for one in trainings(record) if one.losses and one.loss)
        return cls(int(steps), first, (last - first) / max(1, int(steps)))

    def within(self, seconds: float) -> int:
        """Steps of a branch that takes so long."""
        return int((seconds - self.setup) / self.step) if self.step > 0 else self.steps or FEWEST_STEPS


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
        return Pace(watched.steps, self.short.seconds, max(LEAST_STEP * watched.step, step))


def probed(branches: Branches, record: Record, pace: Pace, budget: float) -> Probes:
    """Probes of the run; where they do not begin as it did, without what it left, if they do so then."""
    probes = Probes.run(branches, pace, budget)
    told = probes.short.ended in ("steps", "finished", "exception")
    if not told or begins_alike(record, probes.short.record) or not (left := left_by(record)):
        return probes
    branches.hidden = tuple(map(str, left))
    without = Probes.run(branches, pace, budget)
    if begins_alike(record, without.short.record):
        return without
    branches.hidden = ()
    return probes


def planned(pace: Pace, tried: Sequence[Candidate], budget: float, workers: int, *, asked: bool = False) -> Limits:
    """How long each branch is.

    All branches have the same length, but for those of the panel that soon find that there is nothing to change. Where
    the budget is small, it is shared among the first remedies before a branch becomes too short to say anything.
    """
    first = [one for one in tried if asked or one.codes]
    number = len(first)
    balanced = int(pace.setup / pace.step) if pace.step > 0 else 0  # as long as the set-up
    fewest = min(max(FEWEST_STEPS, min(balanced, MOST_BALANCED)), pace.steps) or FEWEST_STEPS
    while True:
        confirmations = (PAIRS - 1) * min(number, 2)
        count = CONTROLS + confirmations + sum(map(cost, first[:number])) + (0 if asked else together(tried))
        each = budget * workers / count / SLACK
        steps = pace.within(each)
        if steps >= fewest or number <= 2:
            break
        number -= 1
    steps = max(fewest, min(steps, pace.steps or fewest))
    steps = min(steps, max(LEAST_STEPS, pace.within(budget * workers / (CONTROLS + LEAST_TRIED) / SLACK)))
    return Limits(steps=steps, seconds=4 * (pace.setup + steps * pace.step) + 5.0)


def cost(candidate: Candidate) -> float:
    """Branches that a candidate counts as: one of the panel that ends early where it has nothing to change is less."""
    return 1.0 if candidate.codes or not candidate.intervention.prompt else EARLY


def together(tried: Sequence[Candidate]) -> int:
    """Branches for finding out which of several changes are needed together, and for proving each of them."""
    kinds = {type(one.intervention) for one in tried if one.codes}
    panel = EVERYTHING if any(not one.codes for one in tried) else 0
    return panel + (PAIRS * (len(kinds) + 1) if len(kinds) > 1 or panel else 0)


def default_budget(record: Record) -> float:
    """As long as the run was, at most `LONGEST`."""
    return min(LONGEST, max(SHORTEST, float(record.manifest.get("duration") or SHORTEST)))


def verify(
    record: Record,
    diagnosis: Diagnosis,
    *,
    budget: float | None = None,
    workers: int | None = None,
    wanted: Sequence[Candidate] | None = None,
    progress: Callable[[str], object] = lambda _: None,
) -> Results:
    """Try remedies on a recorded run, each as a controlled experiment.

    Args:
        record: the run; its program is started again, confined, with one thing changed at a time.
        diagnosis: what the rules make of it.
        budget: seconds of wall time; by default as long as the run was, at most two minutes.
        workers: branches at a time; by default as many as there are cores, at most four.
        wanted: what to try; by default the remedies of the findings, and the panel where the run has not learned.
        progress: told what is being tried.

    Raises:
        UsageError: the run cannot be started again, or has trained nothing and no finding says why.
    """
    origin = Origin.of(record)
    score = score_of(record)
    tried = tuple(candidates(diagnosis, score.learned if score is not None else None) if wanted is None else wanted)
    budget = default_budget(record) if budget is None else budget
    if not Pace.of(record).steps and not any(one.codes for one in tried):  # a remedy may make it train at all
        raise UsageError(f"Nothing was trained in {record.name}, so there is nothing to try on it.")
    with scratch() as folder, Branches(origin, folder, default_workers() if workers is None else workers) as branches:
        branches.ready()
        return verify_in(branches, record, diagnosis, tried, budget, progress, asked=wanted is not None)


def default_workers() -> int:
    """One for each core, at most four."""
    return min(4, os.cpu_count() or 1)


def verify_in(
    branches: Branches, record: Record, diagnosis: Diagnosis, tried: Sequence[Candidate], budget: float,
    progress: Callable[[str], object], *, asked: bool,
) -> Results:
    """The same in processes that are ready."""
    pace = Pace.of(record)
    alarmed = [ranked.finding.training for ranked in diagnosis.findings if ranked.finding.code in
               {code for one in tried for code in one.codes}]
    training = alarmed[0] if alarmed else None
    whole = score_of(record, training)
    pace = probed(branches, record, pace, budget).pace(pace)
    short = [one for one in tried if one.intervention.lengthens == 1]
    limits = planned(pace, short, budget, branches.workers, asked=asked)
    if not tried:  # nothing but whether it repeats
        limits = replace(limits, steps=min(limits.steps, FEWEST_TELLING))
    alone = sum(bool(one.losses) for one in trainings(record)) == 1  # else a later one may hold what changes
    limits = replace(limits, prompt=PROMPT if alone else 0)
    runs = Runs(branches, limits, budget, training, progress)
    floor = whole.learned if whole is not None else WORST
    search = Search(runs, tried, pace.steps, floor=floor, asked=asked, whole=diagnosis.ended in OWN_END)
    sufficient = search.run()
    results, control = search.results(sufficient), runs.done.get(((), 0))
    if control is None or results.refused or not results.repeatable:  # starts that differ by chance tell nothing
        return results
    return replace(results, elsewhere=elsewhere(record, control.record))
