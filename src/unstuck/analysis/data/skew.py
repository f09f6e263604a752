"""Skewed columns and outliers. Shapes: *n* values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.missing import present
from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.analysis.data.transforms import Transformed, best_transform, skewness
from unstuck.core.data_types import ColumnType, Task
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.columns import HISTOGRAM_BINS
from unstuck.record.events.data.values import OUTLYING, OutlierFacts, SkewedColumn, Transform

MOST_VALUES = 20_000
"""values of a column that are looked at, drawn at random"""
LEAST_VALUES = 50
LEAST_DISTINCT = 20
"""with fewer, a column is a grade or a pixel"""
LARGEST = 1e60
"""of larger values the fourth power overflows"""
TRIM = 0.005
"""share at either end that the inner skewness leaves out"""
SKEWED = 0.75
"""below it, no rule reports a column"""
INNER_SKEWED = 0.5
"""below it, a column is approximately symmetric (Bulmer 1979)"""
MOST_TRANSFORMED = 25
"""columns of the training split, the most skewed ones, for which a transform is looked for"""
STANDARD_ERRORS = 4.0
SPIKE = 0.5
"""share of one value in a sparse column"""
MOST_SPARSE = 0.5
"""share of sparse columns in a table: then they are pixels or word counts, and none is reported"""
MOST_OUTLIERS = 0.03
"""share of the values; more are a second group, no outliers"""


def skewed_columns(sample: Sample) -> Iterator[SkewedColumn]:
    """Of each column and each target of a regression that is skewed; transforms for those of the training split."""
    columns = [
        (one.name, _some(one.values[present(one, sample)])) for one in sample.columns if one.type is ColumnType.NUMBER
    ]
    sparse = [spike_share(values) > SPIKE for _, values in columns]
    leave = sum(sparse) > MOST_SPARSE * len(sparse)
    judged = [one for one, is_sparse in zip(columns, sparse, strict=True) if not (leave and is_sparse)]
    tails = [(skewness(values), name, values) for name, values in judged if is_skewed(values)]
    tails.sort(key=lambda one: -abs(one[0]))
    for at, (_, name, values) in enumerate(tails):
        yield skewed(values, name, sample.split, transform=at < MOST_TRANSFORMED and sample.split == 0)
    target = sample.target
    if target is not None and target.task is Task.REGRESSION and target.values is not None:
        for name, some in zip(target.names, target.values.T, strict=False):
            if is_skewed(values := _some(some)):
                yield skewed(values, name, sample.split, target=True)


def outlying_columns(sample: Sample) -> Iterator[OutlierFacts]:
    """Of each column in which a few values are far from all others."""
    for column in sample.columns:
        if column.type is ColumnType.NUMBER and (found := outliers(column, sample)) is not None:
            yield found


def _some(values: Array) -> Array:
    """Finite values, at most `MOST_VALUES`."""
    if len(values) > MOST_VALUES:
        values = values[np.random.default_rng(0).choice(len(values), MOST_VALUES, replace=False)]
    return np.asarray(values[np.isfinite(values)], dtype=np.float64)


def spike_share(values: Array) -> float:
    """Share of the most frequent value."""
    return float(np.unique(values, return_counts=True)[1].max() / len(values)) if len(values) else 0.0


def inner(values: Array) -> Array:
    """Without the outermost values at either end, one at least."""
    cut = max(1, round(TRIM * len(values)))
    return np.sort(values)[cut : len(values) - cut]


def is_skewed(values: Array) -> bool:
    """Whether finite values (n,) have a long tail on one side, their outermost ones apart."""
    if len(values) < LEAST_VALUES or np.abs(values).max() > LARGEST:
        return False
    before, within = skewness(values), skewness(inner(values))
    least = max(SKEWED, STANDARD_ERRORS * np.sqrt(6 / len(values)))
    if abs(before) < least or abs(within) < INNER_SKEWED or before * within < 0:
        return False
    return len(np.unique(values)) >= LEAST_DISTINCT


def skewed(values: Array, name: str, split: int, *, target: bool = False, transform: bool = True) -> SkewedColumn:
    """A skewed column as it is and after the transform that suits it.

    Args:
        values: finite (n,).
        name: of the column.
        split: id of its split.
        target: it is to be predicted.
        transform: look for a transform.
    """
    event = SkewedColumn(
        split=split, name=name, target=target, skewness=skewness(values),
        spike_share=spike_share(values), looked_at=len(values),
    )  # fmt: skip
    if not transform:
        return event
    best = best_transform(values)
    (bars, ends), (bars_after, ends_after) = _bars(values, HISTOGRAM_BINS), _bars(best.values, _bars_of(best))
    return replace(
        event, transform=best.by, parameter=best.parameter, skewness_after=best.skewness, before=bars,
        before_range=ends, after=bars_after, after_range=ends_after,
    )  # fmt: skip


def _bars_of(made: Transformed) -> int:
    """A bar for each bin of a binned column."""
    return min(HISTOGRAM_BINS, len(np.unique(made.values)))


def _bars(values: Array, number: int) -> tuple[tuple[int, ...], tuple[float, float]]:
    counts, edges = np.histogram(values, bins=number)
    return tuple(counts.tolist()), (float(edges[0]), float(edges[-1]))


def outliers(column: Column, sample: Sample) -> OutlierFacts | None:
    """Values far from the middle of a column, as long as no transform brings them closer."""
    finite = present(column, sample)
    values = column.values[finite]
    if len(values) < LEAST_VALUES:
        return None
    median, spread = middle(values)
    if not 0 < spread < np.inf:
        return None
    distance = np.abs(values - median) / spread
    far = distance > OUTLYING
    if not 0 < far.sum() <= MOST_OUTLIERS * len(values) or len(np.unique(values[~far])) < LEAST_DISTINCT:
        return None
    if spike_share(values) > SPIKE or _is_tail(values, far):
        return None
    order = np.argsort(-distance, kind="stable")[: int(far.sum())]
    return OutlierFacts(
        split=sample.split, name=column.name, count=int(far.sum()), median=median, spread=spread,
        variance_share=float((distance[far] ** 2).sum() / (distance**2).sum()), farthest=float(values[order[0]]),
        looked_at=len(values), rows=tuple(sample.rows[finite][order[:MOST_ROWS]].tolist()),
    )  # fmt: skip


def middle(values: Array) -> tuple[float, float]:
    """Median, and a spread that outliers do not change: that of the middle half, or of the middle 90 % if larger.

    Both are scaled so that they are the standard deviation of a normal distribution.
    """
    low, quarter, median, upper, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    return float(median), float(max((upper - quarter) / 1.349, (high - low) / 3.29))


def _is_tail(values: Array, far: Array) -> bool:
    """Whether they are the tail of a skewed column, which a transform makes even."""
    if abs(skewness(values[~far])) < INNER_SKEWED:
        return False
    if len(values) > MOST_VALUES:  # all that are far, and some of the others
        others = np.random.default_rng(0).choice(np.flatnonzero(~far), MOST_VALUES, replace=False)
        values = np.concatenate([values[far], values[others]])
    best = best_transform(values)
    if best.by in (Transform.QUANTILE, Transform.BINS):  # they make anything even
        return False
    median, spread = middle(best.values)
    return not bool((np.abs(best.values - median) > OUTLYING * spread).any())
