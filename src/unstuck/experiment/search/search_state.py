"""What one search knows: the finished runs, the trials made of them, and the changes verified so far."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from unstuck.core.experiment import Reason
from unstuck.experiment.effect import effect_of
from unstuck.experiment.score import WORST, Score
from unstuck.experiment.search.history import Changes, FinishedRun, History, Key, Report, Request, lengthened_by
from unstuck.experiment.search.settings import ENOUGH, MAX_LEAD_LOST

if TYPE_CHECKING:
    from unstuck.core.experiment import Trial
    from unstuck.experiment.branch.branches import Branch, Limits
    from unstuck.experiment.interventions.building_blocks.intervention import Intervention
    from unstuck.experiment.search.candidates import Candidate

T = TypeVar("T")
Plan = Generator[Request, Report, T]
"""a part of the search: it yields what is to be run, is sent what has run, and returns a result"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a search starts from."""

    candidates: tuple[Candidate, ...]
    limits: Limits
    """of the branches"""
    of_steps: int
    """backward calls of the watched run"""
    budget: float
    """seconds"""
    workers: int = 1
    """branches at a time"""
    floor: float = WORST
    """share of the reference that the whole watched run learned"""
    asked: bool = False
    """whether the candidates were named by the user: they are tried, however much was learned without them"""
    whole: bool = True
    """whether the watched run went on to its own end"""
    training: int | None = None
    """number of the training that is looked at; by default the longest of each branch"""
    seconds: float | None = None
    """of a branch that is as long as the run, as far as probes tell"""
    left_out: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """rows of held-out data that are judged by nobody, because findings list them; by the name of the data"""


class Ledger:
    """The state of a search. The parts of the planner read it, and change it by its methods only."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.history = History(training=situation.training)
        self.limits = situation.limits
        """of the branches that are wanted now"""
        self.candidates = situation.candidates
        self.trials: dict[tuple[Changes, Candidate], Trial] = {}
        """by what each candidate was tried on top of"""
        self.longer: dict[Changes, Score] = {}
        """what verified changes came to in a longer branch"""
        self.verified: Changes = ()
        """the best set of verified changes so far"""
        self.spent = 0.0
        """seconds, as last reported"""

    # ---- runs ------------------------------------------------------------------------------------------

    def ensure(self, wanted: Iterable[tuple[Changes, int]]) -> Plan[None]:
        """Propose those runs that have not been made as long as they are wanted now."""
        missing = [Key(*key) for key in dict.fromkeys(wanted) if not self.has_run(key)]
        if missing:
            self.add_report((yield Request(tuple(missing), self.limits)))

    def run_first(self, sets: Sequence[Changes]) -> Plan[Sequence[Changes]]:
        """The same sets, once each has run with the first seed."""
        yield from self.ensure((changes, 0) for changes in sets)
        return sets

    def add_report(self, report: Report) -> None:
        """Take note of finished runs."""
        self.history = self.history.with_runs(report.runs)
        self.spent = report.spent

    def same_as(self, changes: Changes, branch: Branch) -> None:
        """A branch whose other changes had nothing to act on is the branch of these changes as well."""
        self.history = self.history.with_runs([FinishedRun(Key(changes, 0), self.steps(changes), branch)])

    @contextmanager
    def limited(self, limits: Limits) -> Iterator[None]:
        """Branches of another length for a while."""
        before, self.limits = self.limits, limits
        try:
            yield
        finally:
            self.limits = before

    def has_run(self, key: tuple[Changes, int]) -> bool:
        """Whether there is a branch as long as those that are wanted now."""
        return self.history.has_run(key, self.limits.steps)

    def steps(self, changes: Changes) -> int:
        """Backward calls of a branch that is wanted now: more where a change makes the run longer."""
        return self.limits.steps * lengthened_by(changes)

    @property
    def left(self) -> float:
        """Seconds of the budget."""
        return self.situation.budget - self.spent

    def longer_limits(self, changes: Changes, number: int, share: float) -> Limits:
        """As many steps as so many branches may have in a share of the time left, at most those of the run."""
        most, pace = self.situation.of_steps, self.history.pace(changes)
        each = share * self.left * min(number, self.situation.workers) / number
        steps = min(most, int(each / pace) if pace else most)
        return replace(self.limits, steps=steps, seconds=max(self.limits.seconds, 2 * steps * pace))

    # ---- scores ----------------------------------------------------------------------------------------

    def score(self, changes: Changes, seed: int = 0) -> Score | None:
        """How far a branch came in as many steps as are wanted now; None where it has not run so long."""
        return self.history.score(changes, seed, self.limits.steps)

    def learned(self, changes: Changes) -> float:
        """The same as a share of the reference, of the first seed."""
        return self.history.learned(changes, self.limits.steps)

    def came_to(self, changes: Changes) -> float:
        """What a set learned in the longest of its branches."""
        longer = self.longer.get(changes)
        return max(self.learned(changes), longer.learned if longer is not None else WORST)

    def floor_of(self, changes: Changes) -> float:
        """What a change on top of this set must beat: what the set, or the run itself, comes to by the run's end.

        A change that only hurries is no repair.
        """
        score = self.longer.get(changes) or (self.score(changes) if changes else None)
        return score.projected(self.situation.of_steps) if score is not None else self.situation.floor

    def projected(self, changes: Changes) -> float:
        """What a set would come to by the end of the run, by its branch of the present length."""
        score = self.score(changes)
        return score.projected(self.situation.of_steps) if score is not None else WORST

    def enough(self, changes: Changes) -> bool:
        """Whether a set leaves no large gain; without a change, only if none was asked for."""
        return self.came_to(changes) >= ENOUGH and bool(changes or not self.situation.asked)

    def lead(self, changes: Changes) -> float:
        """What a set has learned more than the control; a control worse than the reference has learned nothing."""
        return self.learned(changes) - max(0.0, self.learned(()))

    # ---- one set compared with another -----------------------------------------------------------------

    def gains(self, changes: Changes, base: Changes) -> bool:
        """Whether a set is better than another by what matters, as far as one pair shows."""
        return self.loses(base, changes) is True

    def loses(self, less: Changes, changes: Changes) -> bool | None:
        """Whether a set is worse than another by what matters; None where one of them has not run."""
        one, other = self.score(less), self.score(changes)
        if one is None or other is None:
            return None
        return effect_of([(one, other)], self.floor_of(less)).promising

    def spares(self, less: Changes, whole: Changes) -> bool:
        """Whether a part of a set does as well, measured by the lead of the whole over the control."""
        part, all_ = self.score(less), self.score(whole)
        if part is None or all_ is None:
            return False
        if set(less) <= set(self.verified):  # verified already: what is sought is what adds to it
            return not self.gains(whole, less)
        return all_.learned - max(part.learned, self.floor_of(less)) < MAX_LEAD_LOST * self.lead(whole)

    def best_of(self, sets: Sequence[Changes]) -> Changes:
        """The first that no later one beats by what matters."""
        best: Changes = ()
        for changes in sets:
            if changes and self.gains(changes, best):
                best = changes
        return best

    # ---- trials and candidates -------------------------------------------------------------------------

    def record(self, base: Changes, candidate: Candidate, trial: Trial) -> Trial:
        """Keep what became of a candidate on top of a set."""
        self.trials[base, candidate] = trial
        return trial

    def idle(self, candidate: Candidate) -> bool:
        """Whether it was tried alone and could not be, because it found nothing to change or because it broke."""
        trial = self.trials.get(((), candidate))
        return trial is not None and trial.effect is None and trial.reason is not Reason.BUDGET_SPENT

    def gain_of(self, candidate: Candidate, base: Changes = ()) -> float:
        """What it gained on top of a set; minus infinity where that was not measured."""
        trial = self.trials.get((base, candidate))
        return trial.effect.gain if trial is not None and trial.effect is not None else -math.inf

    def promising(self, candidate: Candidate, base: Changes) -> bool:
        """Whether its trial on top of a set shows a gain that matters."""
        effect = self.trials[base, candidate].effect
        return effect is not None and effect.promising

    def candidate_of(self, intervention: Intervention) -> Candidate:
        """The candidate with this intervention."""
        return next(one for one in self.candidates if one.intervention == intervention)

    def add_setting(self, known: Intervention, further: Intervention) -> None:
        """Make another setting of a candidate a candidate."""
        added = replace(self.candidate_of(known), intervention=further)
        if added not in self.candidates:
            self.candidates = (*self.candidates, added)

    @property
    def short(self) -> list[Candidate]:
        """Candidates of which a part of the run tells something: neither a longer run nor its last evaluation."""
        return [one for one in self.candidates if is_short(one)]


def is_short(candidate: Candidate) -> bool:
    """Whether a part of the run tells something of it."""
    return candidate.intervention.lengthens == 1 and not candidate.intervention.judged_by_examples


def without(changes: Changes, spare: Sequence[Intervention]) -> Changes:
    """A set less some of its changes."""
    return tuple(one for one in changes if one not in spare)
