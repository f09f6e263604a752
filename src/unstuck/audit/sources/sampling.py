"""A uniform random sample of a stream of rows, in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unstuck.analysis.data.cell_values import plain
from unstuck.analysis.data.sample import Array


class RowSampler:
    """Keeps at most ``most`` rows of a stream, each with the same chance, and their positions.

    Every row gets a random key; the rows with the smallest keys are kept.
    """

    def __init__(self, most: int, seed: int) -> None:
        self.most = most
        self.seen = 0
        self._random = np.random.default_rng(seed)
        self._limit = 1.0
        self._kept = 0
        self._parts: list[tuple[Array, Array, tuple[Array, ...]]] = []

    def add(self, columns: Sequence[Array]) -> None:
        """The next rows, as one array for each column."""
        count = len(columns[0]) if columns else 0
        keys = self._random.random(count)
        positions = np.arange(self.seen, self.seen + count)
        self.seen += count
        if self._limit < 1.0:
            chosen = keys <= self._limit
            keys, positions = keys[chosen], positions[chosen]
            columns = [column[chosen] for column in columns]
        self._parts.append((keys, positions, tuple(columns)))
        self._kept += len(keys)
        if self._kept > 2 * self.most:
            self._shrink()

    def _shrink(self) -> None:
        keys = np.concatenate([part[0] for part in self._parts])
        if len(keys) <= self.most:
            return
        self._limit = float(np.partition(keys, self.most - 1)[self.most - 1])
        shrunk = []
        for part_keys, positions, columns in self._parts:
            chosen = part_keys <= self._limit
            shrunk.append((part_keys[chosen], positions[chosen], tuple(column[chosen] for column in columns)))
        self._parts = shrunk
        self._kept = sum(len(part[0]) for part in shrunk)

    def rows(self) -> tuple[Array, tuple[Array, ...]]:
        """Positions of the rows that are kept, ascending, and their columns."""
        self._shrink()
        if not self._parts:
            return np.zeros(0, dtype=np.int64), ()
        positions = np.concatenate([part[1] for part in self._parts])
        columns = tuple(joined([part[2][at] for part in self._parts]) for at in range(len(self._parts[0][2])))
        self._parts = []
        return positions, columns


def joined(parts: Sequence[Array]) -> Array:
    """Pieces of one column; where some are texts, numbers are written as text."""
    if len(parts) == 1:
        return parts[0]
    if len({part.dtype == object for part in parts}) == 1:
        return np.concatenate(parts)
    return np.concatenate([part if part.dtype == object else texts_of(part) for part in parts])


def texts_of(numbers: Array) -> Array:
    """Numbers as texts, None where missing; (n,) objects."""
    texts = np.empty(len(numbers), dtype=object)
    texts[:] = [None if value != value else plain(value) for value in numbers.tolist()]
    return texts


def positions_of(total: int, most: int, seed: int) -> Array:
    """Rows to look at of a source that can be read at any place: at most ``most``, at random, ascending."""
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, most, replace=False))
