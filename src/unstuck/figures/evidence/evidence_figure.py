"""What a figure of evidence is, and the numbers of a finding by their keys."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unstuck.core.figure import Bars, Figure
    from unstuck.core.finding import Finding
    from unstuck.core.histogram import Histograms
    from unstuck.core.pictures import Pictures

Array = np.ndarray[Any, Any]
WIDE_RANGE = 50.0
"""ratio of the highest to the lowest value from which a scale is logarithmic"""
ROUNDING = 1e-3
"""relative difference up to which two numbers are equal"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFigure:
    """A figure, a sentence about it, and numbers of the finding that were computed again from the record."""

    figure: Figure | Bars | Pictures | Histograms
    sentence: str
    decided: tuple[tuple[str, float], ...] = ()
    """(key of the evidence, its value in the figure)"""

    def agrees(self, finding: Finding) -> bool:
        """Whether each of these numbers is the finding's own."""
        return all(
            (item := finding.measured(key)) is not None and same(item.value, value) for key, value in self.decided
        )


def value_of(finding: Finding, key: str) -> float:
    """Its value; NaN where the finding does not have it."""
    item = finding.measured(key)
    return item.value if item is not None else math.nan


def limit_of(finding: Finding, key: str) -> float | None:
    """Its threshold, if it has a finite one."""
    item = finding.measured(key)
    limit = item.threshold if item is not None else None
    return limit if limit is not None and math.isfinite(limit) else None


def same(a: float, b: float) -> bool:
    """Whether two numbers are equal within rounding."""
    return math.isclose(a, b, rel_tol=ROUNDING, abs_tol=1e-9) or (math.isnan(a) and math.isnan(b))


def numbers(values: Array | Iterable[float]) -> tuple[float, ...]:
    """As Python floats."""
    return tuple(float(value) for value in values)


def finite(values: Iterable[float]) -> list[float]:
    """The finite ones that an axis can hold."""
    return [value for value in values if math.isfinite(value) and abs(value) < 1e300]


def axis(label: str, values: Iterable[float], *, unit: str = "", zero: bool = True, wide: float = WIDE_RANGE) -> Axis:
    """An axis that holds the values with a margin; logarithmic if they are far apart and all positive.

    Args:
        label: what it shows.
        values: everything that is drawn on it.
        unit: of the values.
        zero: whether it starts at zero, if no value is negative.
        wide: ratio of the largest to the smallest value from which it is logarithmic.
    """
    known = finite(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    if low > 0 and high / low > wide:
        margin = (high / low) ** 0.08
        return Axis(label=label, unit=unit, low=low / margin, high=high * margin, log=True)
    floor = min(0.0, low) if zero else low
    margin = 0.14 * ((high - floor) or abs(high) or 1.0)
    return Axis(label=label, unit=unit, low=floor if zero and low >= 0 else floor - margin, high=high + margin)
