"""Columns of numbers whose values fall into two groups with nothing between. Shapes: *n* values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.missing import present
from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.groups import ColumnGap

LEAST_VALUES = 100
LEAST_SHARE = 0.05
"""of the values, in each group; fewer are outliers"""
LEAST_DISTINCT = 10
"""values in each group; with fewer, the column holds codes or grades"""
TAIL = 0.025
"""share at either end of a group that its width leaves out"""
LEAST_GAP = 0.5
"""widths of the wider group; smaller gaps are no event"""


class Gap(NamedTuple):
    """The widest empty range between many values."""

    below: float
    above: float
    width: float
    lower: int
    """values below it"""

    @property
    def widths(self) -> float:
        """Its length in widths of the wider group."""
        return (self.above - self.below) / self.width


def column_gaps(sample: Sample) -> Iterator[ColumnGap]:
    """Of each column that has one."""
    for column in sample.columns:
        if column.type is ColumnType.NUMBER:
            yield from _of_column(column, sample)


def _of_column(column: Column, sample: Sample) -> Iterator[ColumnGap]:
    finite = present(column, sample)
    values = column.values[finite].astype(np.float64)
    found = widest_gap(values)
    if found is None:
        return
    logarithms = widest_gap(np.log(values)) if values.min() > 0 else None
    is_log = logarithms is not None and logarithms.widths > found.widths
    if logarithms is not None and is_log:
        found = logarithms
    if found.widths < LEAST_GAP:
        return
    ordered = np.sort(values)
    below, above = ordered[found.lower - 1 : found.lower + 1]
    smaller = values <= below if found.lower <= len(values) / 2 else values >= above
    yield ColumnGap(
        split=sample.split, name=column.name, below=float(below), above=float(above), widths=found.widths,
        logarithm=is_log, lower_count=found.lower, looked_at=len(values),
        rows=tuple(sample.rows[finite][smaller][:MOST_ROWS].tolist()),
    )  # fmt: skip


def widest_gap(values: Array) -> Gap | None:
    """Between two groups of at least 5 % of the finite values (n,), with ten different values each."""
    n = len(values)
    least = int(np.ceil(LEAST_SHARE * n))
    if n < LEAST_VALUES:
        return None
    ordered = np.sort(values)
    steps = np.diff(ordered)
    lower = least + int(steps[least - 1 : n - least].argmax())
    below, above = ordered[:lower], ordered[lower:]
    if np.sum(np.diff(below) > 0) + 1 < LEAST_DISTINCT or np.sum(np.diff(above) > 0) + 1 < LEAST_DISTINCT:
        return None
    width = max(_width(below), _width(above))
    if not 0 < width < np.inf:
        return None
    return Gap(float(below[-1]), float(above[0]), width, lower)


def _width(ordered: Array) -> float:
    low, high = np.quantile(ordered, [TAIL, 1 - TAIL])
    return float(high - low)
