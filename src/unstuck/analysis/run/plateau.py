"""Since when a loss has been level."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.run.curves import Curve, blocks, line

Array = np.ndarray[Any, Any]

STRETCHES = 40
"""means into which a curve is divided"""
FALL = 0.02
"""share of the level of the end within which a stretch stands at it"""
SIGMAS = 3.0
"""standard deviations of single stretches about the level of the end"""


class Plateau(NamedTuple):
    """The end of a curve that no longer falls."""

    since: float
    """backward calls before it"""
    share: float
    """of the run"""
    level: float
    """mean of its second half"""
    fall: float
    """from the first stretch to that level"""
    steps: int
    """of the plateau"""


def plateau(curve: Curve, stretches: int = STRETCHES) -> Plateau | None:
    """The longest end of the curve whose stretches all stand at its final level; None where it still falls.

    Equal stretches of the run are compared with the mean of the last quarter of them.
    """
    kept = np.isfinite(curve.y)
    stretches = min(stretches, int(kept.sum()))
    if stretches < 8:
        return None
    means = blocks(curve, stretches)
    last = means[-(stretches // 4) :]
    if not np.isfinite(means).all():
        return None
    level, fall = float(last.mean()), float(means[0] - last.mean())
    bar = max(FALL * abs(level), SIGMAS * float(last.std(ddof=1)))
    above = np.flatnonzero(means > level + bar)
    begin = int(above[-1]) + 1 if len(above) else 0
    if fall <= bar or begin >= stretches:
        return None
    share = 1 - begin / stretches
    since = float(curve.x[0]) + (1 - share) * float(curve.x[-1] - curve.x[0])
    if _falls(means[begin:], level) or _falls(last, level):
        return None  # slowly, or again
    return Plateau(since, share, level, fall, round(float(curve.x[-1]) - since))


def _falls(means: Array, level: float) -> bool:
    trend = line(np.arange(len(means), dtype=float), means)
    return -trend.change > max(FALL * abs(level), SIGMAS * trend.error)
