"""How much of a run the ledger looks at: all of it at first, then as much as its share of the time allows."""

from __future__ import annotations

from dataclasses import dataclass

FREE_SECONDS = 0.6
"""spent before the share is asked; with what the clock does not see, less than a second"""
SHARE = 0.008
"""of the run's time, beyond that"""
HIDDEN_COST = 1.5
"""what a look costs beyond what its own clock sees (cold caches, hooks), as a factor"""
CALL = 1e-6
"""seconds that a watched call of a module takes"""
FIRST_ROUNDS = 12
"""epochs of which every batch is looked at; the signs of wrong labels lie in the first 2 to 15"""
ONE_OF = 10
"""batches, after that"""
ASK_AGAIN = 256
"""where the time is spent, it is asked again after 1/256 of the run so far"""


@dataclass(slots=True)
class Coverage:
    """Decides whether the next batches are looked at."""

    spent: float = 0.0
    looks: int = 0
    calls: int = 0
    """of modules, heard while batches were looked at"""

    def paid(self, seconds: float) -> None:
        """A batch was looked at."""
        self.spent += HIDDEN_COST * seconds
        self.looks += 1

    def affords(self, elapsed: float) -> bool:
        """Whether one more look is within the share of ``elapsed`` seconds."""
        expected = self.total / self.looks if self.looks else 0.0
        return self.total + expected <= FREE_SECONDS + SHARE * elapsed

    @property
    def total(self) -> float:
        """Seconds spent, calls of modules included."""
        return self.spent + CALL * self.calls

    def next(self, index: int, elapsed: float, rounds: int) -> int:
        """The step before which the next batch is looked at, after one at step ``index``.

        Args:
            index: backward calls so far.
            elapsed: seconds since the run began.
            rounds: epochs so far.
        """
        if not self.affords(elapsed):
            return index + max(2, index // ASK_AGAIN)
        return index if rounds < FIRST_ROUNDS else index + ONE_OF
