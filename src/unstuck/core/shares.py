"""Intervals of shares."""

from __future__ import annotations

import math

NORMAL_95 = 1.959963984540054
"""97.5 % quantile of the normal distribution"""


def wilson(share: float, seen: int, left: float = 1.0) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927).

    Args:
        share: among those that were seen.
        seen: how many were seen.
        left: by which the variance is smaller where they are drawn from few: the share of the others, about.
    """
    squared = NORMAL_95**2 * left
    middle = (share + squared / (2 * seen)) / (1 + squared / seen)
    half = math.sqrt(squared * (share * (1 - share) / seen + squared / (4 * seen**2))) / (1 + squared / seen)
    return max(0.0, middle - half), min(1.0, middle + half)
