"""The curve of a loss in figures of evidence: all values faint, and their running mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Curve
from unstuck.figures.evidence.evidence_figure import Array, axis, numbers
from unstuck.figures.learning_curve import FEW, LARGEST, SMOOTHED_SHARE, span
from unstuck.figures.reduce import extremes, running_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unstuck.analysis.run.training import Training

FAR = 8.0
"""a loss that is this many times the levels' distance away from them is drawn on the edge of the figure"""
EDGE = 2.0
"""per cent of the raw values at either end that do not extend an axis"""


def since_start(training: Training, steps: Array | Iterable[float]) -> Array:
    """Backward calls counted from the start of this training."""
    shifted: Array = np.asarray(list(steps), dtype=np.float64) - span(training)[0]
    return shifted


def step_of(training: Training, step: int) -> float:
    """The same for a single step."""
    return float(step) - span(training)[0]


def curves(x: Array, y: Array, name: str, group: int = 0, *, marked: bool = False) -> tuple[Curve, ...]:
    """A long series as two curves, a short one as a single curve with a dot for each value."""
    kept = np.abs(y) < LARGEST  # False for NaN
    x, y = x[kept], y[kept]
    if not len(y):
        return ()
    window = len(y) // SMOOTHED_SHARE
    if window < 3:
        few = len(y) <= FEW
        return (Curve(name=name, group=group, x=numbers(x), y=numbers(y), dots=few, marked=marked),)
    raw, mean = extremes(x, y), running_mean(x, y, window)
    return (
        Curve(name=name, group=group, x=numbers(raw.x), y=numbers(raw.y), faint=True),
        Curve(name=name, group=group, x=numbers(mean.x), y=numbers(mean.y), marked=marked),
    )


def training_loss(training: Training) -> tuple[Curve, ...]:
    """The main loss; empty where it has no finite value."""
    loss = training.loss
    if loss is None:
        return ()
    return curves(since_start(training, loss.index), loss.value.astype(np.float64), "training loss")


def cut(drawn: Sequence[Curve], to: Axis) -> tuple[Curve, ...]:
    """The curves clipped to the axis: values beyond it are drawn on its edge."""
    return tuple(replace(curve, y=tuple(min(max(y, to.low), to.high) for y in curve.y)) for curve in drawn)


def near(drawn: Sequence[Curve], levels: Iterable[float]) -> Axis:
    """A loss axis that holds the levels and most values near them; not from zero, so that small differences show."""
    known = list(levels)
    values = np.concatenate([curve.y for curve in drawn if curve.faint] or [curve.y for curve in drawn])
    low, high = np.percentile(values, [EDGE, 100 - EDGE]).tolist()
    reach = FAR * (max(known) - min(known) or abs(known[0]))
    return axis("loss", [*known, max(low, min(known) - reach), min(high, max(known) + reach)], zero=False, wide=np.inf)
