"""Nearest neighbours among rows of numbers, exactly, and what they say about the label of each example.

Shapes: *n* examples, *d* features, *m* examples that neighbours are taken from, *k* neighbours, *K* classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array

NEIGHBOURS = 10
LARGE = 20_000
"""examples"""
REFERENCE = 10_000
"""examples of large data that neighbours are taken from, drawn at random"""
WIDTH = 64
"""features that distances are computed from; more are reduced to their principal components"""
TRIED = 1_500
"""examples that decide whether features are standardised"""


class Neighbours(NamedTuple):
    """The nearest examples of each example, the nearest first; never the example itself."""

    at: Array  # (n, k) int64
    standardised: bool
    """features were divided by their spread: neighbours share the label more often so"""


def reduced(matrix: Array, width: int = WIDTH) -> Array:
    """The matrix itself, or its principal components where it has more than ``width`` columns."""
    if matrix.shape[1] <= width:
        return matrix
    some = matrix[_drawn(len(matrix), 4_000)].astype(np.float64)
    middle = some.mean(axis=0)
    _, vectors = np.linalg.eigh((some - middle).T @ (some - middle))
    return np.asarray((matrix - middle) @ vectors[:, -width:], dtype=np.float32)


def nearest(queries: Array, reference: Array, k: int, own: Array | None = None) -> Array:
    """The ``k`` rows of the reference that are nearest to each query, the nearest first. (n, k)

    Args:
        queries: (n, d).
        reference: (m, d) with m > k.
        k: how many.
        own: (n,) the row of the reference that is the query itself, -1 for none; it is left out.
    """
    from sklearn.neighbors import NearestNeighbors

    most = k + (own is not None)
    found: Array = NearestNeighbors(n_neighbors=most, algorithm="brute").fit(reference).kneighbors(
        queries, return_distance=False
    )  # fmt: skip
    if own is None:
        return found
    itself = found == own[:, None]
    itself[~itself.any(axis=1), -1] = True  # it is not in the reference, or behind k copies
    return np.asarray(found[~itself].reshape(len(found), k))


def label_neighbours(raw: Array, standardised: Array, codes: Array, k: int = NEIGHBOURS) -> Neighbours:
    """Neighbours by those features that let them share the label more often.

    Args:
        raw: (n, d) features as they are.
        standardised: (n, d) the same with spread 1.
        codes: (n,) classes.
        k: neighbours of each.
    """
    n = len(raw)
    reference = _drawn(n, REFERENCE if n > LARGE else n)
    tried = _drawn(n, TRIED, seed=1)
    own = np.full(n, -1)
    own[reference] = np.arange(len(reference))
    choices = [reduced(raw), reduced(standardised)]
    agree = [
        _agreement(codes[reference[nearest(one[tried], one[reference], k, own[tried])]], codes[tried])
        for one in choices
    ]
    chosen = int(agree[1] >= agree[0])
    matrix = choices[chosen]
    return Neighbours(reference[nearest(matrix, matrix[reference], k, own)], bool(chosen))


def _agreement(theirs: Array, mine: Array) -> float:
    return float(np.mean(theirs == mine[:, None]))


def neighbour_probabilities(at: Array, codes: Array, classes: int) -> Array:
    """The share of each class among the neighbours, with one more example spread over all classes. (n, K)"""
    counts = np.zeros((len(at), classes))
    theirs = codes[at]
    for column in range(at.shape[1]):
        counts[np.arange(len(at)), theirs[:, column]] += 1
    return np.asarray((counts + 1.0 / classes) / (at.shape[1] + 1.0))


def _drawn(n: int, count: int, seed: int = 0) -> Array:
    """Positions of a random part of n examples, ascending; of all where there are no more."""
    if n <= count:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, count, replace=False))
