"""What a trial at a point is worth: integrated expected improvement, per second where a model of the cost is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.tune.sampler.arrays import Array
from unstuck.tune.sampler.improvement import log_improvement, mean_of_logs
from unstuck.tune.sampler.posterior import Posterior


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The logarithm of the mean, over samples and fantasies, of expected improvement; plus that of E[1 / seconds]."""

    objective: Posterior
    best: Array
    """value to improve on: of each sample and fantasy (s, m)"""
    cost: Posterior | None = None
    """of the logarithm of the seconds (standardised)"""
    cost_spread: float = 1.0
    """natural units of one standard deviation of the logarithm of the seconds"""

    def values(self, points: Array) -> Array:
        """At points (q, d)."""
        logs = self.sample_values(points)
        total, _ = mean_of_logs(logs.transpose(0, 2, 1).reshape(-1, len(points)))
        if self.cost is None:
            return total
        mean, deviation = self.cost.predict(points)
        speed, _ = mean_of_logs(_log_speed(mean[..., 0], deviation, self.cost_spread))
        return total + speed

    def sample_values(self, points: Array) -> Array:
        """Logarithm of expected improvement under each sample and fantasy (s, q, m)."""
        mean, deviation = self.objective.predict(points)
        z = (self.best[:, None, :] - mean) / deviation[:, :, None]
        return log_improvement(z)[0] + np.log(deviation)[:, :, None]

    def value_and_slope(self, point: Array) -> tuple[float, Array]:
        """At one point (d,), with the gradient."""
        mean, deviation, mean_slope, deviation_slope = self.objective.slopes(point)
        z = (self.best - mean) / deviation[:, None]
        log_h, by_z = log_improvement(z)
        logs = log_h + np.log(deviation)[:, None]
        relative = deviation_slope / deviation[:, None]
        slopes = relative[:, None, :] - by_z[..., None] * (
            mean_slope / deviation[:, None, None] + z[..., None] * relative[:, None, :]
        )
        total, shares = mean_of_logs(logs.ravel())
        value, slope = float(total), shares @ slopes.reshape(logs.size, -1)
        if self.cost is not None:
            more, more_slope = self._speed_and_slope(point)
            value, slope = value + more, slope + more_slope
        return value, slope

    def _speed_and_slope(self, point: Array) -> tuple[float, Array]:
        assert self.cost is not None
        mean, deviation, mean_slope, deviation_slope = self.cost.slopes(point)
        total, shares = mean_of_logs(_log_speed(mean[:, 0], deviation, self.cost_spread))
        spread = self.cost_spread
        slopes = -spread * mean_slope[:, 0] + spread**2 * deviation[:, None] * deviation_slope
        return float(total), shares @ slopes


def _log_speed(mean: Array, deviation: Array, spread: float) -> Array:
    """Logarithm of E[1 / c] where log c is normal: −mean + variance / 2; a constant is left out."""
    return -spread * mean + 0.5 * (spread * deviation) ** 2
