"""The hyper-parameters of the Gaussian process: their ranges and what is believed of them before any trial.

Measured against others on Branin, Hartmann-6 and a small network: length scales are uniform on [0, 2] of the unit
cube; the dimension-scaled log-normal prior was poor below 20 columns. Objectives are standardised first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.tune.sampler.arrays import Array

SHORTEST, LONGEST = 0.01, 2.0
"""length scales, in widths of the searched range"""
LOG_VARIANCE = (-4.0, 4.0)
"""range of the logarithm of the signal's variance; its prior is a standard normal"""
LOG_NOISE = (-18.0, 0.0)
"""range of the logarithm of the noise's variance"""
LOG_NOISE_MEAN, LOG_NOISE_SPREAD = -9.0, 4.0
"""of its normal prior: from noise that cannot be seen to half of all that varies"""
MEAN_VARIANCE = 1.0
"""of the constant mean, which is integrated out: it is a constant added to the covariance"""


@dataclass(frozen=True, slots=True)
class HyperParameters:
    """One sample: length scales (d,), variance of the signal, variance of the noise."""

    lengths: Array
    variance: float
    noise: float


def limits(columns: int) -> tuple[Array, Array]:
    """The lowest and highest vector of hyper-parameters."""
    low = np.r_[np.full(columns, SHORTEST), LOG_VARIANCE[0], LOG_NOISE[0]]
    high = np.r_[np.full(columns, LONGEST), LOG_VARIANCE[1], LOG_NOISE[1]]
    return low, high


def start(columns: int) -> Array:
    """Where sampling begins: half a width, unit variance, little noise."""
    vector: Array = np.r_[np.full(columns, 0.5), 0.0, LOG_NOISE_MEAN]
    return vector


def unpack(vector: Array) -> HyperParameters:
    """The hyper-parameters that a vector stands for."""
    return HyperParameters(vector[:-2], float(np.exp(vector[-2])), float(np.exp(vector[-1])))


def log_prior(vector: Array) -> float:
    """Up to a constant; the length scales are uniform on their range."""
    noise = (vector[-1] - LOG_NOISE_MEAN) / LOG_NOISE_SPREAD
    return float(-0.5 * vector[-2] ** 2 - 0.5 * noise**2)
