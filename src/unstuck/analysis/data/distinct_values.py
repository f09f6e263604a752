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


EVEN = 0.05
"""of a step: how far from a whole number of steps a difference of neighbours may be"""
MOST_EVEN, SMALL_STEPS = 0.95, 10


def in_even_steps(values: Array) -> bool:
    """Whether these different values, sorted, lie on even steps, as readings do: whole numbers, tenths, hundredths.

    They still do where a column was standardised; where it was bent (logarithm, power, rank), or has more digits than
    its type keeps, they do not. (u,)
    """
    differences = np.diff(values.astype(float))
    if len(differences) < 2:
        return False
    step = differences.min()
    for _ in range(2):  # the smallest difference, then the mean of the small ones: what was rounded away averages out
        steps = np.round(differences / step)
        small = (steps > 0) & (steps <= SMALL_STEPS)
        if not small.any():
            return False
        step = differences[small].sum() / steps[small].sum()
    digits = np.finfo(values.dtype).eps if values.dtype.kind == "f" else 0.0
    rounding = 4 * max(float(digits), float(np.finfo(np.float32).eps)) * float(np.abs(values).max())
    if rounding > EVEN * step:
        return False  # nothing can be told: any number would be near a step
    steps = np.round(differences / step)
    return bool(np.mean(np.abs(differences - steps * step) <= EVEN * step + rounding) >= MOST_EVEN)
