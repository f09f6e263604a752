"""What a run has left undone: whether much of its loss is left, and whether it was still falling at some step."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unstuck.analysis.run.curves import curve_of, line, over_epochs
from unstuck.analysis.run.status import is_loaded, status_of
from unstuck.analysis.run.training import Training

MUCH = 0.5
"""share of the baseline loss (of the first loss where there is none) that is left when much is left"""
MIN_VALUES = 6
"""values of a loss that give a line"""
SIGMAS = 4.0
"""standard errors beyond which a fall is no noise"""
MATTERS = 0.1
"""share of the loss by which a stretch must fall to count as falling"""


class Fall(NamedTuple):
    """The fall of a loss along a stretch of the run, and where it ended."""

    fall: float
    end: float


def much_left(training: Training, share: float = MUCH) -> bool:
    """Whether more than a share of the loss is left; False where loaded weights leave that open."""
    status = status_of(training)
    if status.explained is not None:
        return 1.0 - status.explained > share
    if is_loaded(training) or not math.isfinite(status.first):
        return False
    return status.last > share * status.first > 0


def fall_before(training: Training, step: float, since: float = -math.inf) -> Fall | None:
    """How the main loss fell in the second half of the steps from ``since`` to ``step``; None where it did not.

    Beyond noise, and by a share that matters.
    """
    loss = training.loss
    if loss is None:
        return None
    curve = curve_of(training, loss)
    for x, y in (over_epochs(training, curve), (curve.x, curve.y)):
        kept = (x >= since) & (x < step) & np.isfinite(y)
        x, y = x[kept], y[kept]
        half = len(y) // 2
        if half < MIN_VALUES:
            continue
        late = line(x[half:], y[half:])
        end = late.middle + late.change / 2
        falls = -late.change > SIGMAS * late.error and -late.change > MATTERS * abs(end)
        return Fall(-late.change, end) if math.isfinite(late.change) and falls else None
    return None

