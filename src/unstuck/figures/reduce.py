"""Make long series short without losing their extremes.  N = values, C = columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

COLUMNS = 480
"""as many columns as a figure has pixels, about"""


class Points(NamedTuple):
    """A series as two arrays of one length."""

    x: Array
    y: Array


def extremes(x: Array, y: Array, columns: int = COLUMNS) -> Points:
    """The lowest and the highest value of each of ``columns`` stretches, in their order, and both ends."""
    if len(x) <= 2 * columns:
        return Points(x, y)
    edges = np.linspace(0, len(x), columns + 1).astype(int)[:-1]  # (C,)
    lowest = _first_equal(y, np.minimum.reduceat(y, edges), edges)
    highest = _first_equal(y, np.maximum.reduceat(y, edges), edges)
    keep = np.unique(np.r_[0, lowest, highest, len(x) - 1])
    return Points(x[keep], y[keep])


def _first_equal(y: Array, wanted: Array, edges: Array) -> Array:
    """In each column, the first position that holds its wanted value."""
    sizes = np.diff(np.append(edges, len(y)))
    hits = np.flatnonzero(y == np.repeat(wanted, sizes))
    column = np.searchsorted(edges, hits, side="right")
    return hits[np.unique(column, return_index=True)[1]]


def running_mean(x: Array, y: Array, window: int, most: int = COLUMNS) -> Points:
    """The centred mean over ``window`` values at ``most`` even positions; the window is cut at the ends.

    Each mean is summed for itself: a running total would lose what follows a spike of 1e20.
    """
    at = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
    first, end = np.maximum(at - window // 2, 0), np.minimum(at + window // 2 + 1, len(y))
    pairs = np.column_stack((first, end)).ravel()
    with np.errstate(over="ignore"):
        mean = np.add.reduceat(np.append(y, 0.0), pairs)[::2] / (end - first)
    finite = np.isfinite(mean)
    return Points(x[at][finite], mean[finite])


def mean_by_position(x: Array, y: Array) -> Points:
    """One value for each position: the mean of those recorded there (the batches of one evaluation)."""
    positions, inverse = np.unique(x, return_inverse=True)
    total = np.bincount(inverse, weights=y, minlength=len(positions))
    return Points(positions, total / np.bincount(inverse, minlength=len(positions)))


def columns_of(x: Array, columns: int = COLUMNS) -> Array:
    """Positions thinned to one a column, for marks that would lie on each other."""
    if len(x) <= 1:
        return x
    low, high = x.min(), x.max()
    column = np.floor((x - low) / max(high - low, 1) * (columns - 1))
    return x[np.unique(column, return_index=True)[1]]
