"""Columns that look like the rounding errors of a constant, standardised as if they were measurements.

After standardising, rounding errors are a few values in even steps, about normally distributed, and they are related to
nothing. A column of whole numbers has even steps too, but it is hardly ever normal and unrelated to everything.
Shapes: *n* rows, *u* different values.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.values import RoundedColumn

LEAST_ROWS = 100
LEVELS = (5, 64)
"""different values"""
ROWS_OF_LEVEL = 5
LOOK = 1000
"""rows that rule most columns out"""
UNIT = 0.01
"""distance of mean and standard deviation from 0 and 1"""
EVEN = 1e-3
"""of a step"""
STANDARD_ERRORS = 4.0
"""that skewness, kurtosis and relations may have"""


def rounded_columns(sample: Sample) -> Iterator[RoundedColumn]:
    """Of each column that looks like rounding errors."""
    numbers = [column for column in sample.columns if column.type is ColumnType.NUMBER]
    if sample.form is not Form.TABLE or len(sample) < LEAST_ROWS or len(numbers) < 2:
        return
    for at, column in enumerate(numbers):
        levels = even_levels(column.values)
        if levels is None or not _is_normal(column.values):
            continue
        others = [other.values for number, other in enumerate(numbers) if number != at]
        strongest = max((relation(column.values, other) for other in (*others, *_targets(sample))), default=0.0)
        if strongest <= STANDARD_ERRORS:
            yield RoundedColumn(
                split=sample.split, name=column.name, levels=levels, relation=strongest, looked_at=len(sample)
            )


def even_levels(values: Array) -> int | None:
    """How many different values a standardised column has, if they lie in even steps; else None."""
    if not np.isfinite(values).all() or abs(values.mean()) > UNIT or abs(values.std() - 1) > UNIT:
        return None
    if len(np.unique(values[:LOOK])) > LEVELS[1]:
        return None
    value = np.unique(values)
    if not LEVELS[0] <= len(value) <= LEVELS[1] or len(values) < ROWS_OF_LEVEL * len(value):
        return None
    steps = np.diff(value)
    steps = steps / steps.min()
    return len(value) if np.abs(steps - np.round(steps)).max() <= EVEN else None


def _is_normal(values: Array) -> bool:
    """Whether skewness and kurtosis are those of a normal distribution, up to chance."""
    z = (values - values.mean()) / values.std()
    n = len(z)
    skewed, peaked = float((z**3).mean()), float((z**4).mean()) - 3
    return bool(abs(skewed) <= STANDARD_ERRORS * (6 / n) ** 0.5 and abs(peaked) <= STANDARD_ERRORS * (24 / n) ** 0.5)


def relation(a: Array, b: Array) -> float:
    """Correlation of two columns, or of the distances from their means, in standard errors; the larger of the two."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < LEAST_ROWS:
        return 0.0
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    return max(_correlation(x, y), _correlation(np.abs(x), np.abs(y)))


def _correlation(x: Array, y: Array) -> float:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return abs(float((x * y).sum())) / size * len(x) ** 0.5 if 0 < size < np.inf else 0.0


def _targets(sample: Sample) -> Iterator[Array]:
    """What is to be predicted: each number, or membership of each class."""
    target = sample.target
    if target is not None and target.values is not None:
        yield from target.values.T
    elif target is not None and target.codes is not None:
        for code in range(min(20, len(target.classes))):
            yield (target.codes == code).astype(np.float64)
