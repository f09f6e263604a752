"""Copies of examples within a split: exact by the hash of what was given, near by a gap in the distances.

Near copies are far closer to each other than examples otherwise are: the logarithms of the distances to the nearest
example have a gap below their usual range. A fixed share of the usual distance, as others take, finds only copies
with hardly any noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.column_types import is_key
from unstuck.analysis.data.features import MOST_CATEGORIES, features
from unstuck.analysis.data.neighbours import nearest, nearest_within
from unstuck.analysis.data.row_hashes import first_equal, hashes_of, mixed, row_hashes
from unstuck.analysis.data.sample import Array, Column, DataSet, Sample
from unstuck.analysis.fact import fact
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Duplicates, Sameness

OPERATIONS = 1.5e10
"""up to so many, all rows are compared with all"""
OWN = 1_000
"""rows by which the usual distance is known"""
RADIUS = 0.3
"""of the usual distance: how far copies are searched for in large data"""
LEAST = 3
"""copies; fewer make no gap"""
FLOOR = 1e-3
"""of the usual distance: what is closer counts as that close"""


class Usual(NamedTuple):
    """How close the examples of a split usually are."""

    rows: Array
    """those that were looked at, ascending"""
    distances: Array
    """of each to its nearest"""
    typical: float
    """their median"""
    dimension: float
    """how the share of closer examples grows with the distance: as its power"""


class Near(NamedTuple):
    """The rows that are closer than a gap in the distances."""

    rows: Array
    """closest first"""
    partners: Array
    distance: float
    """middle of the gap"""
    gap: float
    expected: float
    """rows that would be so close if the distances went on below the gap as they do above it"""
    tail: float
    """probability of so many if that many are expected (Poisson)"""


@fact
def comparable(dataset: DataSet) -> tuple[tuple[Array, Array], ...]:
    """For each split the examples as vectors whose distances can be compared, and which rows have one.

    Tables: standardised. Images, texts, tokens: without their mean and of length 1, so that brightness, contrast and
    length do not count.
    """
    table = dataset.train.form is Form.TABLE
    made = []
    for one, sample in zip(features(dataset), dataset.samples, strict=True):
        usable = one.usable & (row_hashes(sample) != 0)
        if table:
            # Beyond 20 standard deviations a value is an outlier or a sentinel, which would be the whole distance.
            made.append((one.standardised.clip(-20, 20), usable))
            continue
        values = one.values
        if dataset.train.form is Form.IMAGE:
            values = values - values.mean(axis=1, keepdims=True)
        length = np.linalg.norm(values, axis=1)
        usable = usable & (length > 1e-3 * max(float(np.median(length)), 1e-12))
        made.append((values / np.maximum(length, 1e-12)[:, None], usable))
    return tuple(made)


def usual(values: Array) -> Usual:
    """By at most `OWN` rows, each compared with all. (n, d)."""
    count = min(len(values), OWN)
    rows = np.sort(np.random.default_rng(0).choice(len(values), count, replace=False))
    distances = nearest(values[rows], values, own=rows).distance
    if count < 2:
        return Usual(rows, distances, math.nan, 1.0)
    low, middle = np.quantile(distances, (0.3, 0.5))
    growth = math.log(0.5 / 0.3) / math.log(middle / low) if 0 < low < middle else 1.0
    return Usual(rows, distances, float(middle), min(30.0, max(1.0, growth)))


@fact
def beside_distance(dataset: DataSet) -> tuple[Array, ...]:
    """For each split a number for each example, equal where all is equal that its vector does not hold. (n,) uint64.

    Of tables: texts, names that are no keys, and categories of so many values that some have no feature.
    """
    train = dataset.train
    columns = {column.name for column in train.columns if train.form is Form.TABLE and not _in_vector(column)}
    return tuple(hashes_of(sample, columns) for sample in dataset.samples)


def _in_vector(column: Column) -> bool:
    if column.type is ColumnType.IDENTIFIER:
        return column.values.dtype != object or is_key(column.name)
    if column.type is ColumnType.CATEGORY:
        return len(set(column.values.tolist()) - {None}) <= MOST_CATEGORIES
    return column.type is not ColumnType.TEXT


def near(
    queries: Array, base: Array, how: Usual, own: Array | None = None, beside: tuple[Array, Array] | None = None
) -> Near:
    """The queries that are near copies of rows of the base, if the distances have a gap.

    Args:
        queries: (q, d).
        base: (n, d).
        how: close rows of the base usually are.
        own: the row of the base that each query is.
        beside: of the queries and of the base, what must be equal besides.
    """
    from scipy.special import pdtrc

    nobody = Near(np.array([], int), np.array([], int), 0.0, 0.0, 0.0, 1.0)
    if len(queries) < LEAST or not how.typical > 0:
        return nobody
    edge = how.typical
    if len(queries) * len(base) * base.shape[1] <= OPERATIONS:
        found = nearest(queries, base, own)
    else:
        found, edge = nearest_within(queries, base, RADIUS * how.typical, own)
    far = found.distance
    if beside is not None:
        far = np.where(beside[0] == beside[1][np.clip(found.row, 0, len(base) - 1)], far, np.inf)
    order = np.argsort(far, kind="stable")
    distances = far[order]
    below = int(np.searchsorted(distances, edge))
    if below < LEAST:
        return nobody
    floor = FLOOR * how.typical
    logs = np.log(np.maximum(np.append(distances[:below], edge), floor))
    gaps = np.diff(logs)[LEAST - 1 :]
    at = int(gaps.argmax()) + LEAST
    cut = math.exp((logs[at - 1] + logs[at]) / 2)
    expected = len(queries) / 2 * (math.exp(logs[at - 1]) / how.typical) ** how.dimension
    tail = float(pdtrc(at - 1, expected))
    return Near(order[:at], found.row[order[:at]], cut, float(gaps.max()), expected, tail)


def exact_duplicates(sample: Sample) -> Duplicates:
    """Examples of a split that repeat an earlier one, label included."""
    hashes = labelled(sample)
    first = first_equal(hashes)
    later = np.flatnonzero(first != np.arange(len(first)))
    commonest = int(np.bincount(first[later]).argmax()) if len(later) else 0
    return Duplicates(
        split=sample.split, sameness=Sameness.EXACT, looked_at=len(sample), count=len(later),
        largest=1 + int((first[later] == commonest).sum()) if len(later) else 0,
        largest_row=int(sample.rows[commonest]) if len(later) else None,
        largest_by_chance=_equal_by_chance(sample, commonest) if len(later) else None,
        groups=len(np.unique(first[later])), by_chance=_by_chance(sample) if len(later) else 0.0,
        rows=_kept(sample.rows[later]), other_rows=_kept(sample.rows[first[later]]),
    )  # fmt: skip


def labelled(sample: Sample) -> Array:
    """Hashes of inputs and label together; 0 where the input has none."""
    hashes = row_hashes(sample)
    target = sample.target
    if target is None:
        return hashes
    known = target.codes if target.codes is not None else target.values
    if known is None:
        return hashes
    total = hashes
    for column in as_columns(known).T:
        total = mixed(total * np.uint64(31) + mixed((column.astype(np.float64) + 0.0).view(np.uint64)))
    return np.where(hashes == 0, hashes, total)


def as_columns(values: Array) -> Array:
    """A vector as a matrix of one column."""
    return values[:, None] if values.ndim == 1 else values


def labels_differ(one: Sample, rows: Array, other: Sample, others: Array) -> Array:
    """Whether the labels of pairs of examples differ; where either is missing they do not."""
    for name in ("codes", "values"):
        mine, theirs = (None if s.target is None else getattr(s.target, name) for s in (one, other))
        if mine is not None and theirs is not None:
            left, right = as_columns(mine)[rows].astype(float), as_columns(theirs)[others].astype(float)
            known = (left >= 0) & (right >= 0) if name == "codes" else ~np.isnan(left) & ~np.isnan(right)
            return np.asarray((known & (left != right)).any(axis=1))
    return np.zeros(len(rows), dtype=bool)


def _by_chance(sample: Sample) -> float:
    """Rows of a table that would repeat an earlier one if its columns were independent; 0 for other forms."""
    if sample.form is not Form.TABLE:
        return 0.0
    random = np.random.default_rng(0)
    total = np.zeros(len(sample), dtype=np.uint64)
    for column in sample.columns:
        values = column.values
        codes = np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)[1]
        total = mixed(total * np.uint64(31) + random.permutation(codes.reshape(-1)).astype(np.uint64))
    return float(len(total) - len(np.unique(total)))


def _equal_by_chance(sample: Sample, at: int) -> float:
    """Rows of a table that would equal this one if its columns were independent; 0 for other forms."""
    if sample.form is not Form.TABLE:
        return 0.0
    shares = [float(np.mean(column.values == column.values[at])) for column in sample.columns]
    return len(sample) * math.prod(shares)


def near_duplicates(dataset: DataSet, number: int) -> Duplicates:
    """Examples of a split that nearly repeat another one; exact copies count once."""
    sample = dataset.samples[number]
    values, usable = comparable(dataset)[number]
    first = first_equal(row_hashes(sample))
    single = first == np.arange(len(first))
    rows = np.flatnonzero(usable & single)
    how = usual(values[rows])
    beside = beside_distance(dataset)[number][rows]
    found = near(values[rows], values[rows], how, own=np.arange(len(rows)), beside=(beside, beside))
    repeating, partners, groups = _later(found, len(rows))
    return Duplicates(
        split=sample.split, sameness=Sameness.NEAR, looked_at=len(rows), count=len(repeating), groups=groups,
        own_share=float(1 - single.mean()) if len(single) else 0.0,
        gap=found.gap, expected=found.expected, tail=found.tail, distance=found.distance,
        typical=how.typical if math.isfinite(how.typical) else None,
        rows=_kept(sample.rows[rows[repeating]]), other_rows=_kept(sample.rows[rows[partners]]),
    )  # fmt: skip


def _later(found: Near, count: int) -> tuple[Array, Array, int]:
    """Of each group of copies all but its first row, closest first; their partners; the number of groups."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(found.rows):
        return found.rows, found.partners, 0
    graph = coo_matrix((np.ones(len(found.rows)), (found.rows, found.partners)), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    first = np.full(count, count)
    np.minimum.at(first, group, np.arange(count))
    repeats = found.rows != first[group[found.rows]]
    rows, partners = found.rows[repeats], found.partners[repeats]
    return rows, partners, len(np.unique(group[rows]))


def _kept(rows: Array) -> tuple[int, ...]:
    return tuple(int(row) for row in rows[:MOST_ROWS])


def duplicates(dataset: DataSet) -> Iterator[Duplicates]:
    """Exact and near copies within each split."""
    for number, sample in enumerate(dataset.samples):
        yield exact_duplicates(sample)
        yield near_duplicates(dataset, number)
