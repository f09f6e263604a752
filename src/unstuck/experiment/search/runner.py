"""The runner: carries out what the planner proposes, as many branches at a time as there are processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from unstuck.experiment.search.history import FinishedRun, Report, Request, lengthened_by, title
from unstuck.experiment.search.settings import LEAST_TIME_LEFT

if TYPE_CHECKING:
    from concurrent.futures import Future

    from unstuck.core.experiment import Results
    from unstuck.experiment.branch.branches import Branch, Branches
    from unstuck.experiment.search.history import Changes, Key
    from unstuck.experiment.search.planner import Planner

T = TypeVar("T")


@dataclass(slots=True)
class Runner:
    """Runs branches until the budget is spent."""

    branches: Branches
    budget: float
    """seconds of wall time"""
    progress: Callable[[str], object] = print
    longest: float = 0.0
    """seconds that the longest branch took"""
    began: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    def execute(self, request: Request) -> Report:
        """Run what is asked for, as far as the time allows."""
        if request.whatever_is_left:
            made = self.branches.run_all(list(request.runs), request.limits)
            runs = [self._finished(key, branch, request) for key, branch in zip(request.runs, made, strict=True)]
            return Report(tuple(runs), self.spent)
        waiting, finished = list(request.runs), []
        running: dict[Future[Branch], Key] = {}
        while waiting or running:
            left = self.budget - self.spent
            while waiting and len(running) < self.branches.workers and left >= LEAST_TIME_LEFT * self.longest:
                key = waiting.pop(0)
                running[self._start(key, request, left)] = key
                self.progress(", ".join(title(changes) for changes, _ in running.values()))
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                finished += [self._finished(running.pop(future), future.result(), request)]
        return Report(tuple(finished), self.spent)

    def _start(self, key: Key, request: Request, left: float) -> Future[Branch]:
        factor = lengthened_by(key.changes)
        seconds = min(request.limits.seconds * factor, max(1.0, left))
        limits = replace(request.limits, steps=request.limits.steps * factor, seconds=seconds)
        return self.branches.submit(key.changes, key.seed, limits)

    def _finished(self, key: Key, branch: Branch, request: Request) -> FinishedRun:
        self.longest = max(self.longest, branch.seconds)
        return FinishedRun(key, request.limits.steps * lengthened_by(key.changes), branch)


def carry_out(plan: Generator[Request, Report, T], runner: Runner) -> T:
    """Run everything that a plan proposes; what it returns."""
    try:
        request = next(plan)
        while True:
            request = plan.send(runner.execute(request))
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        plan.close()


def search(planner: Planner, runner: Runner) -> tuple[Changes, Results]:
    """The smallest set of changes found that makes the run learn, empty where none was found; and all that was tried.

    An interruption by the user ends the search with what has been found by then.
    """
    interrupted = False
    try:
        carry_out(planner.plan(), runner)
    except KeyboardInterrupt:
        interrupted = True
    return planner.ledger.verified, replace(planner.results(), seconds=runner.spent, interrupted=interrupted)
