"""The Gaussian process after the observations, for many samples of its hyper-parameters at a time.

Shapes: s samples, n observations, d columns, q points, m sets of observed values that share their places (fantasies).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unstuck.tune.sampler.arrays import Array
from unstuck.tune.sampler.factor import factorise, invert_triangle
from unstuck.tune.sampler.hyper_prior import MEAN_VARIANCE, HyperParameters
from unstuck.tune.sampler.kernel import ROOT_5, correlation_slope, matern52, squared_differences
from unstuck.tune.sampler.likelihood import covariance

LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Posterior:
    """What is needed to predict."""

    x: Array
    """(n, d)"""
    precisions: Array
    """1 / length scale² (s, d)"""
    variances: Array
    """of the signal (s,)"""
    whiten: Array
    """inverse of the Cholesky factor (s, n, n)"""
    weights: Array
    """covariance⁻¹ · observed values (s, n, m)"""

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean (s, q, m) and standard deviation (s, q) of the objective at points (q, d)."""
        cross = self._cross(squared_differences(self.x, points))
        white = self.whiten @ cross
        variance = self.variances[:, None] + MEAN_VARIANCE - np.einsum("snq,snq->sq", white, white)
        return cross.transpose(0, 2, 1) @ self.weights, np.sqrt(np.maximum(variance, LEAST_VARIANCE))

    def slopes(self, point: Array) -> tuple[Array, Array, Array, Array]:
        """At one point (d,): mean (s, m), deviation (s,), their gradients (s, m, d) and (s, d)."""
        away = point - self.x
        distance = ROOT_5 * np.sqrt(self.precisions @ (away * away).T)
        cross = (1.0 + distance + distance * distance / 3.0) * np.exp(-distance)
        cross = self.variances[:, None] * cross + MEAN_VARIANCE
        slope = 2.0 * self.variances[:, None] * correlation_slope(distance)
        white = (self.whiten @ cross[:, :, None])[:, :, 0]
        solved = (white[:, None, :] @ self.whiten)[:, 0]
        variance = np.maximum(self.variances + MEAN_VARIANCE - (white * white).sum(1), LEAST_VARIANCE)
        deviation = np.sqrt(variance)
        mean = (cross[:, None, :] @ self.weights)[:, 0]
        mean_slope = (self.weights * slope[:, :, None]).transpose(0, 2, 1) @ away * self.precisions[:, None, :]
        deviation_slope = -((solved * slope) @ away) * self.precisions / deviation[:, None]
        return mean, deviation, mean_slope, deviation_slope

    def joint(self, points: Array) -> tuple[Array, Array]:
        """Mean (s, q, m) and covariance (s, q, q) of the objective at points (q, d)."""
        cross = self._cross(squared_differences(self.x, points))
        white = self.whiten @ cross
        own = self._cross(squared_differences(points, points))
        return cross.transpose(0, 2, 1) @ self.weights, own - white.transpose(0, 2, 1) @ white

    def _cross(self, squares: Array) -> Array:
        correlation = matern52(np.tensordot(self.precisions, squares, axes=1))
        return self.variances[:, None, None] * correlation + MEAN_VARIANCE

    def observed_means(self) -> Array:
        """Mean at the observations themselves (s, n, m): what the model holds their values for, without noise."""
        return self.predict(self.x)[0]


def posterior(x: Array, y: Array, hypers: Sequence[HyperParameters]) -> Posterior:
    """The process after values y (n, m), or (s, n, m) where each sample has its own, at places x (n, d)."""
    squares = squared_differences(x, x)
    whiten = np.stack([_inverse_factor(covariance(squares, hyper)) for hyper in hypers])
    values = np.broadcast_to(y, (len(hypers), *y.shape[-2:]))
    return Posterior(
        x,
        np.stack([hyper.lengths for hyper in hypers]) ** -2.0,
        np.array([hyper.variance for hyper in hypers]),
        whiten,
        whiten.transpose(0, 2, 1) @ (whiten @ values),
    )


def _inverse_factor(matrix: Array) -> Array:
    """The inverse of the lower Cholesky factor; the diagonal grows until there is one."""
    added = 0.0
    while True:
        factor, failed = factorise(matrix + added * np.eye(len(matrix)), lower=1, clean=1)
        if not failed:
            inverse: Array = invert_triangle(factor, lower=1)[0]
            return inverse
        added = max(added * 10.0, 1e-8 * float(np.trace(matrix)) / len(matrix))
