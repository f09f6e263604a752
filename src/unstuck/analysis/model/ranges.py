"""How far held-out examples lie outside the range of the training data, and what accuracy and confidence are there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.predictions import Array

TAIL = 0.005
"""of the training examples beyond each end of the range"""
BINS = 10


class Range(NamedTuple):
    """Ends that hold 99 % of the training examples, and their middle."""

    low: float
    high: float
    middle: float

    def distance(self, values: Array) -> Array:
        """From the middle in widths of half the range: 1 at the ends."""
        up, down = self.high - self.middle, self.middle - self.low
        away = values - self.middle
        width = np.where(away > 0, up, down)
        return np.asarray(np.abs(away) / np.maximum(width, 1e-12))

    def outside(self, values: Array) -> Array:
        """Which lie beyond an end."""
        return np.asarray((values < self.low) | (values > self.high))


def range_of(train: Array) -> Range:
    """Of the training examples."""
    low, high = np.quantile(train, (TAIL, 1 - TAIL))
    return Range(float(low), float(high), float(np.median(train)))


class Bins(NamedTuple):
    """Mean distance, accuracy and confidence in bins of equal mass, the nearest first."""

    distance: tuple[float, ...]
    accuracy: tuple[float, ...]
    confidence: tuple[float, ...]


def by_distance(distance: Array, right: Array, confidence: Array) -> Bins:
    """Ten bins, fewer where there are few examples."""
    order = np.argsort(distance, kind="stable")
    parts = np.array_split(order, max(1, min(BINS, len(order) // 20)))
    return Bins(*(
        tuple(float(values[part].mean()) for part in parts) for values in (distance, right.astype(float), confidence)
    ))  # fmt: skip


def distances(train: Array, values: Array) -> tuple[Array, Array]:
    """Distance of training and other rows from the centre of the training rows, by the spread of their main axes.

    Args:
        train: (n, k) finite.
        values: (m, k) finite.
    """
    middle, spread = train.mean(axis=0), train.std(axis=0)
    used = spread > 1e-9
    scaled = (train[:, used] - middle[used]) / spread[used]
    other = (values[:, used] - middle[used]) / spread[used]
    _, sizes, axes = np.linalg.svd(scaled[:2000], full_matrices=False)
    kept = sizes > sizes[0] * 1e-3
    weights = np.sqrt(len(scaled[:2000])) / sizes[kept]
    own, theirs = (np.sqrt(np.square(one @ axes[kept].T * weights).mean(axis=1)) for one in (scaled, other))
    return own, theirs
