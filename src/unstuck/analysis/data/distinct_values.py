"""The different values of a column of numbers, and how often each occurs.

Shapes: *u* different values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Values(NamedTuple):
    """The different finite values of a column, sorted, and their counts."""

    value: Array  # (u,)
    times: Array  # (u,)
    """that each occurs"""

    def without(self, at: int) -> Values:
        """All but one."""
        return Values(np.delete(self.value, at), np.delete(self.times, at))

    @property
    def total(self) -> int:
        """How many values there are."""
        return int(self.times.sum())

    @property
    def middle(self) -> float:
        """A median."""
        return float(self.value[np.searchsorted(np.cumsum(self.times), self.total / 2)])

    @property
    def std(self) -> float:
        """Population standard deviation."""
        mean = np.average(self.value, weights=self.times)
        return float(np.sqrt(np.average((self.value - mean) ** 2, weights=self.times)))


def values_of(column: Array) -> Values:
    """The different finite values."""
    value, count = np.unique(column[np.isfinite(column)], return_counts=True)
    return Values(value, count)
