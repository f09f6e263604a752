"""Round numbers along an axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from unstuck.core.words import number

if TYPE_CHECKING:
    from unstuck.core.figure import Axis


class Tick(NamedTuple):
    """A value on the axis and what stands beside it."""

    value: float
    label: str


def ticks(axis: Axis, about: int) -> tuple[Tick, ...]:
    """About so many round values inside the axis."""
    values = _decades(axis.low, axis.high, about) if axis.log else _even(axis.low, axis.high, about)
    return tuple(Tick(value, compact(value)) for value in values if not axis.whole or value == round(value))


def _even(low: float, high: float, about: int) -> list[float]:
    distance = high - low
    if not 1e-300 < distance < math.inf:
        return [low] if math.isfinite(low) else []
    step = _round_up(distance / max(1, about))
    first, last = math.ceil(low / step), math.floor(high / step)
    return [0.0 if n == 0 else n * step for n in range(first, last + 1)]


def _round_up(step: float) -> float:
    size: float = 10.0 ** math.floor(math.log10(step))
    return next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= step * 0.999)


def _decades(low: float, high: float, about: int) -> list[float]:
    """Powers of ten; with 2 and 5 between them where there are few, even steps where there are none."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    inside = sum(low <= 10.0**power <= high for power in range(first, last + 1))
    every = max(1, math.ceil((inside - 1) / max(1, about)))
    for factors in ((1,), (1, 2, 5)):
        values = [
            factor * 10.0**power
            for power in range(first, last + 1)
            if power % every == 0
            for factor in factors
            if low <= factor * 10.0**power <= high
        ]
        if len(values) >= (3 if about > 3 else 2):
            return values
    return _even(low, high, about)


def compact(value: float) -> str:
    """A short label: ``1.5k``, ``2M``, ``1e−5``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size <= abs(value) < 1e12:
            unit = 1e3 if letter == "k" else size
            return f"{value / unit:g}{letter}".replace("-", "−")
    value = float(f"{value:.6g}")
    return f"{value:g}".replace("-", "−") if 1e-4 <= abs(value) < 1e-3 else number(value)
