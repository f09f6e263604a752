"""Evenly spread points: a scrambled Sobol sequence, of which any point and axis can be asked for."""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
from scipy.stats import qmc

from unstuck.tune.sampler.arrays import Array

AXES = 64
"""beyond so many parameters plain random numbers are used"""


def sobol(seed: int, axes: int, count: int, skip: int = 0) -> Array:
    """Points (count, axes) of the sequence that belongs to a seed."""
    engine = qmc.Sobol(axes, scramble=True, rng=np.random.default_rng(seed))
    if skip:
        engine.fast_forward(skip)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a count that is no power of two
        points: Array = engine.random(count)
    return points


@lru_cache(maxsize=64)
def _point(seed: int, number: int) -> Array:
    point: Array = sobol(seed, AXES, 1, number)[0]
    return point


def spread_place(seed: int, number: int, axis: int) -> float:
    """One coordinate of one point, from 0 to 1."""
    if axis >= AXES:
        return float(np.random.default_rng([seed, number, axis]).uniform())
    return float(_point(seed, number)[axis])
