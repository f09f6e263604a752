"""Columns that follow from another one: copies, multiples with an offset, other names of the same categories.

Shapes: *n* rows, *d* columns of numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np

from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.values import RedundantColumn, Relation

MOST_ROWS = 10_000
"""rows by which linear relations are looked for, drawn at random; a relation is then checked on all rows"""
MOST_COLUMNS = 2_000
"""beyond it only copies are looked for"""
CORRELATED = 0.9999
"""square: all but 1 in 5,000 of the variance is that of the other column"""
NEARLY = 0.99
"""of the approximate |r|, above which it is worked out exactly"""
LEAST_ROWS = 30
LEAST_UNUSUAL = 30
"""rows with another value than the most frequent one: two sparse columns agree by chance in fewer"""
SAME = 1e-9
"""1 − |r| of columns that are a multiple of each other up to rounding"""
MOST_NAMES = 1_000
"""different values of a column that may be names"""


def redundant_columns(sample: Sample) -> Iterator[RedundantColumn]:
    """Each with the first column that it follows from."""
    if len(sample) < LEAST_ROWS:
        return
    varying = [column for column in sample.columns if _varies(column)]
    done: set[str] = set()
    for found in (*_copies(sample, varying), *_linear(sample, varying), *_renamed(sample, varying)):
        if found.name not in done and found.of not in done:
            done.add(found.name)
            yield found


def _varies(column: Column) -> bool:
    """Whether enough values differ from the most frequent one."""
    present = column.values[~column.missing]
    if present.dtype == object:
        return len(present) - max(Counter(present.tolist()).values(), default=0) >= LEAST_UNUSUAL
    return len(present) - int(np.unique(present, return_counts=True)[1].max(initial=0)) >= LEAST_UNUSUAL


def _copies(sample: Sample, columns: Sequence[Column]) -> Iterator[RedundantColumn]:
    """Columns with the same values."""
    first: dict[tuple[str, bytes], Column] = {}
    for column in columns:
        if column.values.dtype == object:
            key = ("text", blake2b("\0".join(map(str, column.values)).encode("utf-8", "replace")).digest())
        else:
            key = ("number", blake2b(np.ascontiguousarray(column.values + 0.0).view(np.uint8).data).digest())
        other = first.setdefault(key, column)
        if other is not column:
            yield RedundantColumn(
                split=sample.split, name=column.name, of=other.name, relation=Relation.COPY, looked_at=len(sample)
            )


def _linear(sample: Sample, columns: Sequence[Column]) -> Iterator[RedundantColumn]:
    """Columns of numbers that are (nearly) a multiple of another one and an offset."""
    numbers = [column for column in columns if column.type is ColumnType.NUMBER]
    if not 2 <= len(numbers) <= MOST_COLUMNS:
        return
    rows = np.arange(len(sample))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False))
    scaled = np.stack([_standardised(column.values[rows]) for column in numbers], axis=1)  # (n, d)
    known = np.stack([np.isfinite(column.values[rows]) for column in numbers], axis=1).astype(np.float32)
    correlations = _approximate(scaled, known)
    for at in range(1, len(numbers)):
        for before in np.flatnonzero(correlations[at, :at] >= NEARLY):
            r = correlation(numbers[before].values, numbers[at].values)
            if abs(r) >= CORRELATED:
                yield RedundantColumn(
                    split=sample.split, name=numbers[at].name, of=numbers[before].name, relation=Relation.LINEAR,
                    correlation=r, looked_at=len(sample),
                )  # fmt: skip
                break


def _approximate(scaled: Array, known: Array) -> Array:
    """|r| of each two columns over the rows where both are known, up to differences of the means there. (d, d)."""
    products: Array = np.abs(scaled.T @ scaled)
    if known.all():
        return np.asarray(products / len(scaled))
    squares = (scaled * scaled).T @ known
    return np.asarray(products / np.sqrt(np.maximum(squares * squares.T, 1e-30)))


def _standardised(values: Array) -> Array:
    """With 0 in place of what is not finite; (n,) float32."""
    finite = np.isfinite(values)
    some = values[finite]
    spread = some.std() if len(some) else 0.0
    if not 0 < spread < np.inf:
        return np.zeros(len(values), np.float32)
    return np.where(finite, (values - some.mean()) / spread, 0.0).astype(np.float32)


def correlation(a: Array, b: Array) -> float:
    """Where both are finite; 0 where too few are, or where one is missing and the other is not in most rows."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < max(LEAST_ROWS, (np.isfinite(a) | np.isfinite(b)).sum() / 2):
        return 0.0
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / size if 0 < size < np.inf else 0.0


def _renamed(sample: Sample, columns: Sequence[Column]) -> Iterator[RedundantColumn]:
    """Columns of which one at least holds names, that divide the rows into the same groups."""
    first: dict[bytes, Column] = {}
    place = {column.name: at for at, column in enumerate(columns)}
    for column in sorted(columns, key=lambda one: one.values.dtype == object):
        codes = _groups(column)
        if codes is None:
            continue
        other = first.setdefault(blake2b(codes.data).digest(), column)
        if other is not column and column.values.dtype == object:
            earlier, later = sorted((other, column), key=lambda one: place[one.name])
            yield RedundantColumn(
                split=sample.split, name=later.name, of=earlier.name, relation=Relation.ONE_TO_ONE,
                looked_at=len(sample),
            )  # fmt: skip


def _groups(column: Column) -> Array | None:
    """The number of the group of each row, numbered by their first rows; None where it holds no names. (n,)."""
    if column.type not in (ColumnType.CATEGORY, ColumnType.NUMBER):
        return None
    values = column.values.astype(str) if column.values.dtype == object else column.values
    value, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    if not 2 <= len(value) <= MOST_NAMES:
        return None
    number = np.empty(len(value), np.int32)
    number[np.argsort(first)] = np.arange(len(value), dtype=np.int32)
    return np.ascontiguousarray(number[inverse.reshape(-1)])
