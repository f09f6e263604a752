"""Which classes are predicted for which, and the pairs that stand out.

Shapes: *K* classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.analysis.model.intervals import wilson
from unstuck.analysis.model.predictions import Array, Predictions

LEAST_CONFUSED = 5
"""examples of a pair"""
LEVEL = 0.01
"""of the test that a pair is no more frequent than any other, corrected for the number of pairs"""
MOST_PAIRS = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """A class, and one that is predicted for it more often than others are."""

    truth: int
    predicted: int
    count: int
    of: int
    low: float
    high: float
    usual: float
    """share with which another class is predicted for a class, over all other pairs"""


def table(given: Predictions) -> Array:  # (K, K) int64
    """A row for each class of the truth, a column for each prediction."""
    size = len(given.classes)
    return np.bincount(given.truth * size + given.labels, minlength=size * size).reshape(size, size)


def confused_pairs(counts: Array) -> list[Pair]:
    """Those that are confused more often than the other pairs, the largest share first; none of two classes."""
    from scipy.special import bdtrc

    size = len(counts)
    if size < 3:
        return []
    of = counts.sum(axis=1)
    errors = counts - np.diag(counts.diagonal())
    found = []
    for a, b in zip(*np.nonzero(errors >= LEAST_CONFUSED), strict=True):
        count, number = int(errors[a, b]), int(of[a])
        rest = float(errors.sum() - errors[a, b])
        usual = rest / max(1.0, float(of.sum()) * (size - 1) - number)
        p = float(bdtrc(count - 1, number, max(usual, 1 / (number * size)))) * size * (size - 1)
        if p < LEVEL:
            found.append(Pair(int(a), int(b), count, number, *wilson(count, number), usual))
    return sorted(found, key=lambda pair: -pair.count / pair.of)[:MOST_PAIRS]


def pair_error(given: Predictions, a: int, b: int) -> float:
    """Share of the examples of two classes that the model gives to the other one, were there only these two."""
    inside = (given.truth == a) | (given.truth == b)
    truth = given.truth[inside]
    if given.scores is None:
        labels = given.labels[inside]
        return float(np.mean((labels != truth) & ((labels == a) | (labels == b))))
    chosen = np.where(given.scores[inside, a] >= given.scores[inside, b], a, b)
    return float(np.mean(chosen != truth))
