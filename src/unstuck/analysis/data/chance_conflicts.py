"""How many pairs of equal inputs with different labels a table has by chance, because its columns have few values.

Where rows are equal by chance, still more pairs are equal in all columns but one: of the pairs that agree in all other
columns, a share agrees in that column too, at least the share of all pairs that do. Rows that stand in the data twice
have no such near misses.

Shapes: *n* examples, *d* columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.conflicting_labels import DIFFERENT
from unstuck.analysis.data.row_hashes import mixed
from unstuck.analysis.data.sample import Array

MOST_COLUMNS = 100
"""columns that are left out in turn, those with the fewest values first"""
DISTINCT = 0.5
"""of the values of a single column: with more, equal ones are not equal by chance"""


class Pairs(NamedTuple):
    """Pairs of equal inputs with different labels."""

    found: int
    by_chance: float
    """how many are expected, at least"""


def conflicting_pairs(hashes: Array, columns: Sequence[Array], codes: Array) -> Pairs:
    """Those of the whole rows, and how many of them near misses let expect.

    Args:
        hashes: (n,) the same number for equal inputs.
        columns: d times (n,), the same number for equal values; none for inputs without columns.
        codes: (n,) labels, 0 or more.
    """
    found = _different(hashes, codes)
    if len(columns) == 1:
        few = len(np.unique(columns[0])) < DISTINCT * len(codes)
        return Pairs(found, float(found) if few else 0.0)
    parts = [mixed(mixed(column) * np.uint64(31) + np.uint64(at)) for at, column in enumerate(columns)]
    total = np.zeros(len(codes), dtype=np.uint64)
    for part in parts:
        total = total + part
    alike = np.array([_pairs(part) / max(1.0, _all(len(codes))) for part in parts])
    expected = 0.0
    for at in np.argsort(-alike, kind="stable")[:MOST_COLUMNS]:
        if alike[at] < 1:
            near = max(0, _different(total - parts[at], codes) - found)
            expected = max(expected, near * alike[at] / (1 - alike[at]))
    return Pairs(found, float(expected))


def steps(values: Array) -> Array:
    """Numbers to be predicted as codes: the same within a tenth of their standard deviation; -1 where one is missing.

    Args:
        values: (n, k).
    """
    known = np.isfinite(values).all(axis=1)
    codes = np.full(len(values), -1, dtype=np.int64)
    if known.any():
        spread = np.where(values[known].std(axis=0) > 0, values[known].std(axis=0), 1.0)
        step = np.floor(values[known] / (DIFFERENT * spread))
        codes[known] = np.unique(step, axis=0, return_inverse=True)[1].reshape(-1)
    return codes


def _different(groups: Array, codes: Array) -> int:
    """Pairs of the same group with different labels."""
    return _pairs(groups) - _pairs(mixed(groups) * np.uint64(31) + mixed(codes.astype(np.uint64) + np.uint64(1)))


def _pairs(groups: Array) -> int:
    counts = np.unique(groups, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _all(n: int) -> float:
    return n * (n - 1) / 2
