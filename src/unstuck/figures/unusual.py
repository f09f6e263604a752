"""What is unusual in the layers' values, in words, and only where it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.words import number, share

if TYPE_CHECKING:
    from unstuck.figures.by_layer import Values

FADED = 1000.0
"""factor between the layers from which a gradient counts as faded or grown"""
SPREAD = 100.0
LARGE_UPDATE, SMALL_UPDATE = 0.1, 1e-6
MOSTLY = 0.95
GROWN = 10.0
TWO = 2


def late(values: Values, names: list[str]) -> dict[str, float]:
    """The median of each layer over the last quarter of its sampled steps, finite values only."""
    found = {}
    for name in names:
        y = values[name][1]
        y = y[-max(1, len(y) // 4) :]
        y = y[np.isfinite(y)]
        if len(y):
            found[name] = float(np.median(y))
    return found


def _ends(values: Values, names: list[str], factor: float, what: str) -> tuple[str, ...]:
    """The first and the last layer's values, where they are far apart; a zero is told as such."""
    found = late(values, names)
    if len(found) < TWO:
        return ()
    zero = [name for name, value in found.items() if value == 0.0]
    said = [f"{what} of {_list(zero)} is exactly zero at the end."] if zero else []
    above = {name: value for name, value in found.items() if value > 0}
    if len(above) >= TWO:
        least, most = min(above, key=lambda name: above[name]), max(above, key=lambda name: above[name])
        if above[most] / above[least] > factor:
            times = number(float(f"{above[most] / above[least]:.2g}"))
            said.append(f"At the end {what[0].lower()}{what[1:]} of {most} is {times} times that of {least}.")
    return tuple(said)


def gradients(values: Values, names: list[str]) -> tuple[str, ...]:
    """Gradients that fade or grow through the network, and those that are zero."""
    return _ends(values, names, FADED, "The gradient")


def spread(values: Values, names: list[str]) -> tuple[str, ...]:
    """Outputs that fade or grow through the network."""
    return _ends(values, names, SPREAD, "The spread")


def zeros(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers that give hardly anything but zeros."""
    found = {name: value for name, value in late(values, names).items() if value > MOSTLY}
    if not found:
        return ()
    if len(found) == 1:
        name, value = next(iter(found.items()))
        return (f"At the end {share(value)} of what {name} gives is zero.",)
    told = _list([f"{name} ({share(value)})" for name, value in found.items()])
    return (f"At the end {told} give hardly anything but zeros.",)


def updates(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers that a step moves very far, or hardly at all."""
    found = late(values, names)
    large = [name for name, value in found.items() if value > LARGE_UPDATE]
    small = [name for name, value in found.items() if value < SMALL_UPDATE]
    said = []
    if large:
        said.append(f"At the end one step still moves {_list(large)} by more than {share(LARGE_UPDATE)}: very much.")
    if small:
        said.append(f"At the end {_list(small)} hardly move{'s' if len(small) == 1 else ''} any more.")
    return tuple(said)


def weights(values: Values, names: list[str]) -> tuple[str, ...]:
    """Layers whose weights have grown manifold."""
    grown = {}
    for name in names:
        y = values[name][1]
        y = y[np.isfinite(y)]
        if len(y) and y[0] > 0 and y[-1] / y[0] > GROWN:
            grown[name] = float(y[-1] / y[0])
    if not grown:
        return ()
    most = max(grown, key=lambda name: grown[name])
    times = number(float(f"{grown[most]:.2g}"))
    told = f"The weights of {_list(list(grown))} grew more than {number(GROWN)}-fold"
    return (f"{told}, most those of {most} ({times}-fold)." if len(grown) > 1 else f"{told} ({times}-fold).",)


def _list(names: list[str], most: int = 4) -> str:
    shown = [name or "the network" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
