"""Steps whose loss is far above that of the steps around them.  S = steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.curves import curve_of
from unstuck.analysis.run.status import status_of
from unstuck.analysis.run.training import Training
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]

WINDOW = 21
"""steps around a step, itself among them, whose median is its level"""
CONSISTENT = 1.4826
"""of the median absolute deviation, to be a standard deviation"""


class Spike(NamedTuple):
    """One step."""

    step: int
    value: float
    level: float
    """median of the steps around it"""
    sigmas: float
    """how far it is above the level, in standard deviations of the other steps"""
    rate: float | None
    """learning rate of the step"""


@fact
def spikes(training: Training) -> tuple[Spike, ...]:
    """Steps that are above the level around them by the baseline loss, the highest first."""
    loss = training.loss
    if loss is None:
        return ()
    curve = curve_of(training, loss)
    known = np.isfinite(curve.y)
    x, y = curve.x[known], curve.y[known]
    if len(y) < 2 * WINDOW:
        return ()
    half = WINDOW // 2
    padded = np.pad(y, half, mode="reflect")
    level = np.median(np.lib.stride_tricks.sliding_window_view(padded, WINDOW), axis=1)
    rest = y - level
    spread = CONSISTENT * float(np.median(np.abs(rest - np.median(rest))))
    reference = abs(status_of(training).reference)
    if not np.isfinite(reference) or reference <= 0:
        return ()
    high = np.flatnonzero(rest >= reference)
    high = high[np.argsort(-rest[high], kind="stable")]
    rates = training.part.rows(Kind.STEP)
    return tuple(
        Spike(int(x[at]), float(y[at]), float(level[at]), float(rest[at] / max(spread, 1e-12)), _rate(rates, x[at]))
        for at in high
    )


def _rate(rows: Array, step: float) -> float | None:
    after = rows[rows["index"] > step]
    return float(after["value"][0]) if len(after) else None
