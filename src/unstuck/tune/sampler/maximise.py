"""Where the acquisition is largest: many candidates, then a climb from the best of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from unstuck.tune.sampler.acquisition import Acquisition
from unstuck.tune.sampler.arrays import Array, Flags

STARTS = 5
"""climbs"""
STEPS = 40
APART = 0.05
"""two starts lie at least this far from each other, in widths of the range"""


def climb(acquisition: Acquisition, start: Array, free: Flags) -> tuple[Array, float]:
    """From a point of the unit cube uphill, along the free columns only; where it ended and the value there."""
    if not free.any():
        return start, float(acquisition.values(start[None])[0])
    point = start.copy()

    def downhill(moved: Array) -> tuple[float, Array]:
        point[free] = moved
        value, slope = acquisition.value_and_slope(point)
        return -value, -slope[free]

    end = minimize(
        downhill, start[free], jac=True, method="L-BFGS-B", bounds=[(0.0, 1.0)] * int(free.sum()),
        options={"maxiter": STEPS, "maxfun": 2 * STEPS},
    )  # fmt: skip
    result = start.copy()
    result[free] = np.clip(end.x, 0.0, 1.0)
    return result, -float(end.fun)


def best_points(
    acquisition: Acquisition, candidates: Array, free: Flags, snap: Callable[[Array], Array]
) -> list[Array]:
    """Points of the unit cube, the best first: ends of climbs, then the best candidates as they are.

    Args:
        acquisition: what is to be large.
        candidates: points that can be suggested (q, d).
        free: columns that are continuous.
        snap: the nearest point that can be suggested.
    """
    values = acquisition.values(candidates)
    order = np.argsort(-values, kind="stable")
    starts: list[Array] = []
    for index in order:
        point = candidates[index]
        if all(np.abs(point - other).max() > APART for other in starts):
            starts.append(point)
        if len(starts) == STARTS:
            break
    ends = [snap(climb(acquisition, start, free)[0]) for start in starts]
    reached = acquisition.values(np.array(ends))
    ranked = [ends[index] for index in np.argsort(-reached, kind="stable")]
    return [*ranked, *candidates[order]]
