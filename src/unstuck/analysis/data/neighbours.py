"""Nearest neighbours of the rows of a float32 matrix: all of them, or only those that are very close.

Shapes: *n* rows of the base, *q* queries, *d* features. Distances are Euclidean.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

BLOCK = 6_000_000
"""distances that are held at once"""
AXES = 8
"""principal axes of the search tree: few enough for a tree, enough to keep different rows apart"""
CANDIDATES = 5
"""neighbours in the tree that are compared in full; a row with more of them is compared with every row"""
EVERY_ROW = 1_500
"""rows that are compared with every row before the radius is halved"""
PILOT = 2_000
"""rows by which a radius is tried"""
SMALLEST = 1 / 16
"""of the radius asked for: what is searched at least"""


class Nearest(NamedTuple):
    """The nearest row of the base for each query."""

    distance: Array  # (q,) float64
    """infinite where there is none within the radius"""
    row: Array  # (q,) int64
    """row of the base; -1 where there is none"""


def nearest(queries: Array, base: Array, own: Array | None = None) -> Nearest:
    """The nearest row of each query, by comparing all with all: q · n · d operations.

    One product in float32; scikit-learn's brute force finds the same rows in 1.2 to 2.8 times the time of a processor.

    Args:
        queries: (q, d) float32.
        base: (n, d) float32.
        own: (q,) the row of the base that each query is, to be left out; None if the queries are not of the base.
    """
    index = np.full(len(queries), -1, dtype=np.int64)
    distance = np.full(len(queries), np.inf)
    if len(base) <= (own is not None) or not len(queries):
        return Nearest(distance, index)
    middle = base.mean(axis=0, dtype=np.float64).astype(np.float32)  # the smaller the numbers, the less is rounded off
    centred, wanted = base - middle, queries - middle
    squares = np.einsum("nd,nd->n", centred, centred)
    turned = np.concatenate([-2 * centred, squares[:, None]], axis=1).T  # one product gives ‖b‖² − 2 q·b
    step = max(1, BLOCK // len(base))
    for start in range(0, len(wanted), step):
        some = wanted[start : start + step]
        apart = np.concatenate([some, np.ones((len(some), 1), np.float32)], axis=1) @ turned
        if own is not None:
            apart[np.arange(len(some)), own[start : start + step]] = np.inf
        index[start : start + step] = apart.argmin(axis=1)
    distance[:] = _distances(queries, base, index)
    return Nearest(distance, index)


def nearest_within(queries: Array, base: Array, radius: float, own: Array | None = None) -> tuple[Nearest, float]:
    """The nearest row of each query that is closer than the radius; and the radius that could be searched.

    A projection on orthogonal axes never makes a distance longer. So rows that are closer than the radius are found
    by a search tree on the first principal axes; what it finds is compared in full. Where a query has many candidates
    it is compared with every row. Where too many queries have, the radius is halved: what is returned is exact.
    """
    from scipy.spatial import KDTree

    nobody = Nearest(np.full(len(queries), np.inf), np.full(len(queries), -1, dtype=np.int64))
    if not len(queries) or len(base) <= (own is not None):
        return nobody, radius
    axes, centre = _principal_axes(base)
    tree = KDTree((base - centre) @ axes, leafsize=32, balanced_tree=False, compact_nodes=False)
    projected = (queries - centre) @ axes
    most = CANDIDATES + (own is not None)
    wide = float(radius)
    pilot = projected[:: max(1, len(projected) // PILOT)]
    while wide > radius * SMALLEST:
        found, _ = tree.query(pilot, k=min(most, len(base)), distance_upper_bound=_wider(wide))
        if np.isfinite(np.reshape(found, (len(pilot), -1))[:, -1]).mean() * len(queries) <= EVERY_ROW:
            break
        wide /= 2
    near, rows = tree.query(projected, k=most, distance_upper_bound=_wider(wide), workers=-1)
    crowded = np.isfinite(near[:, -1])
    if crowded.sum() > 4 * EVERY_ROW:
        return nobody, 0.0
    distance, index = _closest(queries, base, rows, own)
    if crowded.any():
        every = nearest(queries[crowded], base, None if own is None else own[crowded])
        distance[crowded], index[crowded] = every
    far = distance >= wide
    return Nearest(np.where(far, np.inf, distance), np.where(far, -1, index)), wide


def _wider(radius: float) -> float:
    """The projection is in float32: its rounding must not lose a pair."""
    return radius * (1 + 1e-4)


def _closest(queries: Array, base: Array, rows: Array, own: Array | None) -> tuple[Array, Array]:
    """Of the candidates (q, k) the nearest in full; a candidate ``len(base)`` is none."""
    distance = np.full(len(queries), np.inf)
    index = np.full(len(queries), -1, dtype=np.int64)
    for candidates in rows.T:
        there = np.flatnonzero((candidates < len(base)) & (True if own is None else candidates != own))
        apart = _distances(queries[there], base, candidates[there])
        better = there[apart < distance[there]]
        distance[better], index[better] = apart[apart < distance[there]], candidates[better]
    return distance, index


def _distances(queries: Array, base: Array, rows: Array) -> Array:
    """Between each query and its row, without the cancellation of a product. (q,)."""
    distance = np.empty(len(queries))
    for start in range(0, len(queries), 20_000):
        part = slice(start, start + 20_000)
        apart = queries[part].astype(np.float64) - base[rows[part]]
        distance[part] = np.sqrt(np.einsum("nd,nd->n", apart, apart))
    return distance


def _principal_axes(base: Array) -> tuple[Array, Array]:
    """(d, axes) and the centre (d,), from at most 20,000 rows."""
    some = base[:: max(1, len(base) // 20_000)]
    centre = some.mean(axis=0)
    if base.shape[1] <= AXES:
        return np.eye(base.shape[1], dtype=np.float32), centre
    away = some - centre
    if base.shape[1] <= 2_000:
        _, vectors = np.linalg.eigh((away.T @ away).astype(np.float64))
        return np.ascontiguousarray(vectors[:, ::-1][:, :AXES]).astype(np.float32), centre
    random = np.random.default_rng(0).normal(size=(base.shape[1], AXES))
    return np.linalg.qr(away.T @ (away @ random))[0].astype(np.float32), centre
