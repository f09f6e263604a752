"""How well hyper-parameters explain the observations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unstuck.tune.sampler.arrays import Array, Integers
from unstuck.tune.sampler.factor import factorise, solve_triangle
from unstuck.tune.sampler.hyper_prior import MEAN_VARIANCE, HyperParameters, log_prior, unpack
from unstuck.tune.sampler.kernel import correlation, squared_differences

JITTER = 1e-9
"""added to the diagonal, in signal variances: what rounding needs"""


def covariance(squares: Array, hyper: HyperParameters) -> Array:
    """Of the observations (n, n), noise and the constant mean included."""
    matrix = hyper.variance * correlation(squares, hyper.lengths)
    matrix += MEAN_VARIANCE
    matrix.flat[:: len(matrix) + 1] += hyper.noise + JITTER * hyper.variance
    return matrix


def log_likelihood(squares: Array, y: Array, hyper: HyperParameters) -> float:
    """The logarithm of the marginal likelihood; −∞ where the covariance is singular."""
    factor, failed = factorise(covariance(squares, hyper), lower=1, overwrite_a=1)
    if failed:
        return -np.inf
    whitened, _ = solve_triangle(factor, y, lower=1)
    return float(-0.5 * whitened @ whitened - np.log(np.diagonal(factor)).sum() - 0.5 * len(y) * np.log(2 * np.pi))


def log_posterior(x: Array, y: Array, owners: Integers) -> Callable[[Array], float]:
    """The density that slice sampling draws hyper-parameters from, as a function of their vector.

    Args:
        x: places (n, d).
        y: values (n,).
        owners: number of the length scale of each column (d,), in ascending order.
    """
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    squares = np.add.reduceat(squared_differences(x, x), firsts, axis=0)

    def density(vector: Array) -> float:
        return log_prior(vector) + log_likelihood(squares, y, unpack(vector))

    return density
