"""When to look closely: every step at first, then ever more rarely, and never beyond the budget."""

from __future__ import annotations

from dataclasses import dataclass

DENSE_WINDOWS = 4
"""steps looked at one after the other at the beginning, where most faults show: the first is clean, and three more that
are not prove a missing `zero_grad`, however busy the machine"""
DENSE_RESTARTS = 20
"""trainings of one run that begin so; those of a longer search begin within the budget"""
GROWTH = 48
"""later windows lie at least 1/48 of the run so far apart: 10⁶ steps get at most 500"""
ASK_AGAIN = 256
"""where the budget is spent, it is asked again after 1/256 of the run so far"""
HIDDEN_COST = 2.0
"""what a window costs beyond what its own clock sees (cold caches, hooks), as a factor; docs/log.md"""
LANDMARK = 4.0
"""times the budget that a window may use after the run has doubled in length without one: no stretch goes unseen"""
FREE_SECONDS = 0.15
"""spent before the budget is asked, so that a short run is seen at all"""


@dataclass(slots=True)
class Schedule:
    """Decides before each step whether it becomes a window."""

    budget: float
    """share of the run's time that windows may cost"""
    spent: float = 0.0
    windows: int = 0
    last_index: int = 0
    """of the last window"""
    next_index: int = 0
    base: int = 0
    """where the present training began"""
    dense: int = DENSE_WINDOWS
    """windows that are still to be taken without asking the budget"""
    restarts: int = 0

    def due(self, index: int, elapsed: float) -> bool:
        """Whether the step that begins after ``index`` backward calls and ``elapsed`` seconds is a window."""
        if index < self.next_index:
            return False
        if self.dense > 0:
            return True
        expected = HIDDEN_COST * self.spent / self.windows
        doubled = index - self.base >= 2 * (self.last_index - self.base)
        budget = self.budget * (LANDMARK if doubled else 1.0)
        if HIDDEN_COST * self.spent + expected <= budget * elapsed + FREE_SECONDS:
            return True
        self.next_index = index + max(1, (index - self.base) // ASK_AGAIN)  # asking costs as well
        return False

    def closed(self, index: int, seconds: float) -> None:
        """A window ended at ``index`` and took ``seconds`` of our own time."""
        self.windows += 1
        self.last_index = index
        self.spent += seconds
        self.dense -= 1
        self.next_index = index if self.dense > 0 else index + max(1, (index - self.base) // GROWTH)

    def restart(self, index: int) -> None:
        """Another training begins: its beginning is looked at as closely as the first one's."""
        self.base = self.next_index = self.last_index = index
        self.restarts += 1
        self.dense = DENSE_WINDOWS + 1 if self.restarts <= DENSE_RESTARTS else 0
