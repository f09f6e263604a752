"""What the order of the values of a column says: quantiles, histogram, how many are different, the most frequent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.record.events.data.columns import HISTOGRAM_BINS, QUANTILES


class Order(NamedTuple):
    """Of the finite values of a column."""

    distinct: int
    quantiles: tuple[float, ...]
    most_common: np.floating | None
    most_common_count: int | None
    histogram: tuple[int, ...]

    def scaled(self, factor: float) -> Order:
        """Of a column that this is a sample of, so many times as long."""
        count = None if self.most_common_count is None else round(self.most_common_count * factor)
        return self._replace(most_common_count=count, histogram=tuple(round(bar * factor) for bar in self.histogram))


def order(values: Array, low: float, high: float) -> Order:
    """Of sorted finite ``values`` (n,).

    Args:
        values: sorted.
        low: where the histogram begins.
        high: where it ends.
    """
    if not len(values):
        return Order(0, (), None, None, ())
    ends = np.flatnonzero(values[1:] != values[:-1])
    distinct = len(ends) + 1
    if distinct == len(values):
        at, times = 0, 1
    else:
        lengths = np.diff(ends, prepend=-1, append=len(values) - 1)
        longest = int(lengths.argmax())
        at, times = int(ends[longest]) if longest < len(ends) else len(values) - 1, int(lengths[longest])
    return Order(distinct, _quantiles(values), values[at], times, _histogram(values, low, high))


def _quantiles(values: Array) -> tuple[float, ...]:
    """At `QUANTILES`, linear between neighbours as `np.quantile` has it."""
    place = np.array(QUANTILES) * (len(values) - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, len(values) - 1)
    low, high = values[below].astype(np.float64), values[above].astype(np.float64)
    part = place - below
    return tuple((low * (1 - part) + high * part).tolist())


def _histogram(values: Array, low: float, high: float) -> tuple[int, ...]:
    """Counts in `HISTOGRAM_BINS` bins of equal width; one bin where all values are equal."""
    if not high > low or not np.isfinite(high - low):
        return (len(values),)
    inner = np.linspace(low, high, HISTOGRAM_BINS + 1)[1:-1]
    places = np.searchsorted(values, inner, "left")
    return tuple(np.diff(places, prepend=0, append=len(values)).tolist())


def text_of(number: np.floating) -> str:
    """A number as a person would have written it: ``2``, ``0.1``, ``1e+20``."""
    return str(number).removesuffix(".0").replace("-0", "0") if number == 0 else str(number).removesuffix(".0")
