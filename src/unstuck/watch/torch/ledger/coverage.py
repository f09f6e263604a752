"""How much of a run the ledger looks at: all of it at first, then as much as its share of the time allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, thread_time

FREE_SECONDS = 0.7
"""spent before the share is asked: less than a second, counted as `HIDDEN_COST` says"""
FOR_EVALUATION = 0.2
"""of these, kept in the first epochs for the first evaluation: what is held out tells as much as what is trained on"""
FOR_NEW_PLACE = 0.15
"""spent beyond that on evaluations that begin at a place of their own: a test at the end of the run"""
SHARE = 0.008
"""of the run's time, beyond that"""
HIDDEN_COST = 2.2
"""what a look costs beyond what its own clock sees (cold caches, hooks), as a factor; docs/log.md"""
CALL = 1.5e-6
"""seconds that a watched call of a module takes"""
FIRST_ROUNDS = 12
"""epochs of which every batch is looked at; the signs of wrong labels lie in the first 2 to 15"""
ONE_OF = 10
"""epochs, after that"""
BURST = 16
"""batches that are looked at one after the other after a pause: to begin and to end costs as much as a look"""
ASK_AGAIN = 64
"""where the time is spent, it is asked again after 1/64 of the run so far"""


def clock_of(*, on_cpu: bool) -> Callable[[], float]:
    """What a look is measured by: on a busy machine it takes longer, as everything does, and costs no more.

    Where tensors lie on a device, their copies are waited for.
    """
    return thread_time if on_cpu else perf_counter


@dataclass(slots=True)
class Coverage:
    """Decides whether the next batch is looked at."""

    spent: float = 0.0
    looks: int = 0
    calls: int = 0
    """of modules, heard while batches were looked at"""
    left: int = 1 << 62
    """looks before it is asked whether there is to be a pause"""

    def paid(self, seconds: float) -> None:
        """A batch was looked at."""
        self.spent += HIDDEN_COST * seconds
        self.looks += 1
        self.left -= 1

    @property
    def total(self) -> float:
        """Seconds spent, calls of modules included."""
        return self.spent + CALL * self.calls

    def affords(self, elapsed: float, looks: int = 1, kept: float = 0.0) -> bool:
        """Whether so many more looks are within the share of ``elapsed`` seconds, less those kept for other looks."""
        expected = looks * self.total / self.looks if self.looks else 0.0
        return self.total + expected <= FREE_SECONDS - kept + SHARE * elapsed

    def begins(self, elapsed: float) -> bool:
        """Whether the pause is over."""
        if not self.affords(elapsed, BURST):
            return False
        self.left = BURST
        return True

    def pause(self, index: int, elapsed: float, rounds: int, *, evaluated: bool = True) -> int:
        """Steps that are not looked at now, 0 for none.

        Args:
            index: backward calls so far.
            elapsed: seconds since the run began.
            rounds: epochs so far.
            evaluated: held-out data was seen.
        """
        if not self.affords(elapsed, kept=0.0 if evaluated or rounds > 1 else FOR_EVALUATION):
            return max(BURST, index // ASK_AGAIN)
        if rounds < FIRST_ROUNDS or self.left > 0:
            return 0
        a_round = index // rounds
        return max(BURST, (ONE_OF - rounds % ONE_OF) % ONE_OF * a_round)
