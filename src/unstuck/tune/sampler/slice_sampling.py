"""Slice sampling of a bounded density, one coordinate after the other (Neal 2003)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unstuck.tune.sampler.arrays import Array

MOST_SHRINKS = 60
"""after this many the bracket is below the resolution of a number: the coordinate stays"""


def slice_sweep(
    log_density: Callable[[Array], float], start: Array, low: Array, high: Array, rng: np.random.Generator
) -> Array:
    """A new state after each coordinate has moved once.

    The bracket begins as the whole range, so nothing is stepped out, and shrinks to the side of the state at each miss.

    Args:
        log_density: up to a constant; −∞ where there is none.
        start: state of the chain.
        low: of each coordinate.
        high: of each coordinate.
        rng: what is drawn from.
    """
    state = start.copy()
    now = log_density(state)
    for column in rng.permutation(len(state)):
        height = now - rng.exponential()
        left, right, before = low[column], high[column], state[column]
        for _ in range(MOST_SHRINKS):
            state[column] = rng.uniform(left, right)
            value = log_density(state)
            if value > height:
                now = value
                break
            if state[column] < before:
                left = state[column]
            else:
                right = state[column]
        else:
            state[column] = before
    return state


def slice_samples(
    log_density: Callable[[Array], float],
    start: Array,
    limits: tuple[Array, Array],
    rng: np.random.Generator,
    *,
    count: int,
    burn_in: int,
) -> Array:
    """States of the chain (count, dimensions), one after each sweep once the first ones are thrown away."""
    state = np.clip(start, *limits)
    kept = np.empty((count, len(start)))
    for sweep in range(-burn_in, count):
        state = slice_sweep(log_density, state, *limits, rng)
        if sweep >= 0:
            kept[sweep] = state
    return kept
