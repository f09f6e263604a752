"""Expected improvement below a best value, as a logarithm, which never underflows and always has a slope."""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, logsumexp, ndtr

from unstuck.tune.sampler.arrays import Array

LOG_ROOT_2_PI = 0.5 * np.log(2.0 * np.pi)
FAR = -30.0
"""below it 1 + z Φ(z) / φ(z) loses its digits, and a series in 1 / z takes over"""


def log_improvement(z: Array) -> tuple[Array, Array]:
    """Logarithm of h(z) = φ(z) + z Φ(z), the mean improvement of a standard normal below z, and its derivative.

    The derivative of h is Φ, so that of its logarithm is Φ / h. Below 0 both are divided by φ first.
    """
    z = np.asarray(z, dtype=float)
    low, high = np.minimum(z, 0.0), np.maximum(z, 0.0)
    mills = np.sqrt(np.pi / 2.0) * erfcx(-low / np.sqrt(2.0))
    far = np.minimum(z, FAR)
    series = (1.0 - 3.0 / far**2 + 15.0 / far**4) / far**2
    relative = np.where(z > FAR, np.maximum(1.0 + low * mills, 1e-300), series)
    low_log = np.log(relative) - 0.5 * low**2 - LOG_ROOT_2_PI
    above = ndtr(high)
    improvement = np.exp(-0.5 * high**2 - LOG_ROOT_2_PI) + high * above
    return np.where(z > 0.0, np.log(improvement), low_log), np.where(z > 0.0, above / improvement, mills / relative)


def mean_of_logs(logs: Array) -> tuple[Array, Array]:
    """The logarithm of the mean of exp(logs) along the first axis, and the share of each in it."""
    total = logsumexp(logs, axis=0)
    return total - np.log(len(logs)), np.exp(logs - total)
