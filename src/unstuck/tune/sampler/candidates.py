"""Points from which the climb to the largest acquisition may start."""

from __future__ import annotations

import numpy as np

from unstuck.tune.sampler.arrays import Array
from unstuck.tune.sampler.spread_points import sobol
from unstuck.tune.sampler.unit_cube import UnitCube

EVERYWHERE = 512
NEAR = 256
LEADERS = 5
"""best settings that the near candidates lie round"""
REACH = (0.1, 0.02, 0.003)
"""spreads round them, in widths of the range"""


def candidates(cube: UnitCube, ranked: Array, rng: np.random.Generator) -> Array:
    """Points that can be suggested: evenly spread ones, then ones near the best settings.

    Args:
        cube: the space.
        ranked: places of the settings so far, the best first.
        rng: what is drawn from.
    """
    parameters = len(cube.space)
    everywhere = cube.draw(sobol(int(rng.integers(2**31)), min(parameters, 1000), EVERYWHERE))
    leaders = ranked[rng.integers(min(LEADERS, len(ranked)), size=NEAR)]
    spread = np.asarray(REACH)[np.arange(NEAR) % len(REACH)][:, None]
    moved = np.clip(leaders + spread * rng.standard_normal(leaders.shape), 0.0, 1.0)
    near = np.where(cube.free, moved, leaders)
    fresh = cube.draw(rng.uniform(size=(NEAR, parameters)))
    change = (rng.uniform(size=(NEAR, parameters)) < 1.0 / parameters)[:, cube.owners] & ~cube.free
    near = np.where(change, fresh, near)
    return np.vstack([everywhere, np.array([cube.snap(point) for point in near])])
