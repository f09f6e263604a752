"""A number for each example that is equal for equal examples: of the values as they were given, before any encoding."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

import numpy as np

from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.sample import Array, Sample
from unstuck.analysis.fact import fact
from unstuck.core.data_types import ColumnType

_UNREADABLE = 0
"""hash of what cannot be read, is empty, or has one colour: these equal nothing"""
_MISSING = 0x6D697373


@fact
def row_hashes(sample: Sample) -> Array:
    """(n,) uint64 of the inputs; 0 where an example is broken. Identifiers are left out."""
    if sample.images is not None:
        statistics = image_statistics(sample.images)
        shown = statistics.readable & (statistics.lowest < statistics.highest).any(axis=1)
        return np.where(shown, np.maximum(statistics.digests, np.uint64(1)), np.uint64(_UNREADABLE))
    if sample.texts is not None:
        return _bytes(" ".join(text.split()).encode() for text in sample.texts)
    if sample.tokens is not None:
        return _bytes(np.trim_zeros(row, "b").astype(np.int64).tobytes() for row in sample.tokens)
    return _table(sample)


def _table(sample: Sample) -> Array:
    total = np.zeros(len(sample), dtype=np.uint64)
    columns = [column for column in sample.columns if column.type is not ColumnType.IDENTIFIER]
    for column in sorted(columns, key=lambda column: column.name):
        total = mixed(total * np.uint64(31) + _values(column.values))
    if not columns:
        return total
    empty = np.logical_and.reduce([_says_nothing(column.values) for column in columns]) & (len(columns) > 1)
    return np.where(empty, np.uint64(_UNREADABLE), np.maximum(total, np.uint64(1)))


def column_hashes(sample: Sample) -> list[Array]:
    """(n,) uint64 of each column of a table but identifiers; empty for images, texts and tokens."""
    return [_values(column.values) for column in sample.columns if column.type is not ColumnType.IDENTIFIER]


def hashes_of(sample: Sample, columns: Collection[str]) -> Array:
    """(n,) uint64 of these columns of a table together; missing values are equal, and so is a column that is not there.

    Args:
        sample: with these columns.
        columns: names.
    """
    total = np.zeros(len(sample), dtype=np.uint64)
    for column in sorted(sample.columns, key=lambda column: column.name):
        if column.name in columns:
            total = mixed(total * np.uint64(31) + _values(column.values))
    return total


def _says_nothing(values: Array) -> Array:
    """Missing or 0."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    return np.asarray(np.isnan(values) | (values == 0))


def _values(values: Array) -> Array:
    if values.dtype != object:
        numbers = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, one zero
        return mixed(numbers.astype(np.float64).view(np.uint64))
    known = {value: str(value).encode() for value in set(values.tolist()) if value is not None}
    hashes = dict(zip(known, _bytes(known.values()), strict=True))
    missing = int(mixed(np.array([_MISSING]))[0])
    return np.array([hashes.get(value, missing) for value in values.tolist()], dtype=np.uint64)


def mixed(numbers: Array) -> Array:
    """The finaliser of splitmix64: every bit of a number changes about half of the bits."""
    numbers = numbers.astype(np.uint64)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    last: Array = numbers ^ (numbers >> np.uint64(31))
    return last


def _bytes(contents: Iterable[bytes]) -> Array:
    return np.array(
        [int.from_bytes(blake2b(some, digest_size=8).digest()) or 1 if some else _UNREADABLE for some in contents],
        dtype=np.uint64,
    )  # fmt: skip


def first_equal(hashes: Array) -> Array:
    """For each row the first row of the same content, itself if there is none before it. (n,) int64."""
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    same = first[group.reshape(-1)]
    return np.where(hashes == _UNREADABLE, np.arange(len(hashes)), same)


def find_equal(hashes: Array, among: Array) -> Array:
    """For each row the first row of ``among`` with the same content, -1 if there is none. (n,) int64."""
    if not len(among):
        return np.full(len(hashes), -1)
    values, first = np.unique(among, return_index=True)
    at = np.clip(np.searchsorted(values, hashes), 0, len(values) - 1)
    return np.where((values[at] == hashes) & (hashes != _UNREADABLE), first[at], -1)
