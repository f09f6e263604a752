"""The covariance: Matérn 5/2 with a length scale for each column."""

from __future__ import annotations

import numpy as np

from unstuck.tune.sampler.arrays import Array

ROOT_5 = 5.0**0.5
NEAREST = 1e-12
"""added under the square root of a squared distance, so that its derivative at 0 is finite"""


def squared_differences(first: Array, second: Array) -> Array:
    """Of every pair, column by column: shape (d, n, q)."""
    differences = first.T[:, :, None] - second.T[:, None, :]
    return differences * differences


def matern52(scaled_squares: Array) -> Array:
    """The correlation at a squared distance in length scales: (1 + √5 r + 5 r² / 3) exp(−√5 r)."""
    distance = ROOT_5 * np.sqrt(scaled_squares)
    return (1.0 + distance + distance * distance / 3.0) * np.exp(-distance)


def correlation(squares: Array, lengths: Array) -> Array:
    """Of every pair, from the squared differences of its columns (d, …) and the length scales (d,)."""
    return matern52(np.tensordot(lengths**-2.0, squares, axes=1))


def correlation_slope(distance: Array) -> Array:
    """Derivative of the correlation by the squared distance: −(5/6) (1 + √5 r) exp(−√5 r), at distances √5 r."""
    return -(5.0 / 6.0) * (1.0 + distance) * np.exp(-distance)
