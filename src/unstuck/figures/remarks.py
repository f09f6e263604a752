"""Sentences on what is unusual in the values of layers, only where it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.words import number, share

if TYPE_CHECKING:
    from unstuck.figures.by_layer import Values

GRADIENT_RATIO = 1000.0
"""factor between the layers from which a gradient counts as vanishing or exploding"""
SPREAD_RATIO = 100.0
LARGE_UPDATE, SMALL_UPDATE = 0.1, 1e-6
MOSTLY_ZERO = 0.95
GROWTH = 10.0
"""factor from which the growth of a weight norm is reported"""


def at_end(values: Values, names: list[str]) -> dict[str, float]:
    """The median of each layer over the last quarter of its sampled steps, finite values only."""
    medians = {}
    for name in names:
        y = values[name][1]
        y = y[-max(1, len(y) // 4) :]
        y = y[np.isfinite(y)]
        if len(y):
            medians[name] = float(np.median(y))
    return medians


def _extremes(values: Values, names: list[str], factor: float, what: str) -> tuple[str, ...]:
    """The largest and the smallest layer's values, where they are far apart; a zero is reported as zero."""
    medians = at_end(values, names)
    if len(medians) < 2:
        return ()
    zero = [name for name, value in medians.items() if value == 0.0]
    remarks = [f"At the end {what} of {_list(zero)} is exactly zero."] if zero else []
    positive = {name: value for name, value in medians.items() if value > 0}
    if len(positive) >= 2:
        least, most = min(positive, key=lambda name: positive[name]), max(positive, key=lambda name: positive[name])
        if positive[most] / positive[least] > factor:
            times = number(float(f"{positive[most] / positive[least]:.2g}"))
            remarks.append(f"At the end {what} of {most} is {times} times that of {least}.")
    return tuple(remarks)


def gradients(values: Values, names: list[str]) -> tuple[str, ...]:
    """Gradients that shrink or grow through the network, and those that are zero."""
    return _extremes(values, names, GRADIENT_RATIO, "the gradient norm")


def spread(values: Values, names: list[str]) -> tuple[str, ...]:
    """Outputs whose standard deviation shrinks or grows through the network."""
    return _extremes(values, names, SPREAD_RATIO, "the standard deviation of the output")


def zeros(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers whose outputs are nearly all zero."""
    shares = {name: value for name, value in at_end(values, names).items() if value > MOSTLY_ZERO}
    if not shares:
        return ()
    if len(shares) == 1:
        name, value = next(iter(shares.items()))
        return (f"At the end {share(value)} of the outputs of {name} are zero.",)
    layers = _list([f"{name} ({share(value)})" for name, value in shares.items()])
    return (f"At the end nearly all outputs of {layers} are zero.",)


def updates(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers with very large or very small relative updates."""
    medians = at_end(values, names)
    large = [name for name, value in medians.items() if value > LARGE_UPDATE]
    small = [name for name, value in medians.items() if value < SMALL_UPDATE]
    remarks = []
    if large:
        bound = f"more than {number(LARGE_UPDATE)} × the weight norm"
        remarks.append(f"At the end the updates of {_list(large)} are still {bound}.")
    if small:
        bound = f"less than {number(SMALL_UPDATE)} × the weight norm"
        remarks.append(f"At the end the updates of {_list(small)} are {bound}.")
    return tuple(remarks)


def weights(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers whose weight norm grew many times."""
    growth = {}
    for name in names:
        y = values[name][1]
        y = y[np.isfinite(y)]
        if len(y) and y[0] > 0 and y[-1] / y[0] > GROWTH:
            growth[name] = float(y[-1] / y[0])
    if not growth:
        return ()
    most = max(growth, key=lambda name: growth[name])
    times = f"{number(float(f'{growth[most]:.2g}'))} times"
    largest = f"the largest growth is that of {most}, {times}" if len(growth) > 1 else times
    return (f"The weight norm of {_list(list(growth))} grew more than {number(GROWTH)} times ({largest}).",)


def _list(names: list[str], most: int = 4) -> str:
    shown = [name or "the network" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
