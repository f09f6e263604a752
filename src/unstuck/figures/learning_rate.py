"""The learning rate of every optimiser, over the same steps as the losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.figures.learning_curve import span, steps_axis
from unstuck.figures.reduce import Points, extremes

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.figures.reduce import Array
    from unstuck.record.events import Optimizer

MOST_OPTIMIZERS = 4
DECADE = 30.0
"""rates that span more than this factor are drawn on a logarithmic scale"""


def learning_rate(training: Training) -> Figure | None:
    """The rate of the first group at every step; None where no optimiser made a step."""
    start = span(training)[0]
    curves = []
    # An optimiser is recorded again when its groups change.
    optimizers = {optimizer.id: optimizer for optimizer in training.optimizers}
    for group, optimizer in enumerate(list(optimizers.values())[:MOST_OPTIMIZERS]):
        rows = training.steps_of(optimizer.id)
        finite = rows[np.isfinite(rows["value"])]
        if len(finite):
            x, y = extremes(finite["index"].astype(np.float64) - start, finite["value"])
            x, y = _corners(x, y)
            name = optimizer_name(optimizer, several=len(optimizers) > 1)
            curves.append(Curve(name=name, group=group, x=tuple(x.tolist()), y=tuple(y.tolist())))
    if not curves:
        return None
    values = [value for curve in curves for value in curve.y]
    low, high = min(values), max(values)
    log = low > 0 and high / low > DECADE
    axis = (
        Axis(label="learning rate", low=low / 1.5, high=high * 1.5, log=True)
        if log
        else Axis(label="learning rate", low=min(0.0, low), high=1.1 * high if high > 0 else 1.0)
    )
    return Figure(
        title="Learning rate",
        description=f"Between {low:.3g} and {high:.3g}.",
        x=steps_axis(training), y=axis, curves=tuple(curves),
    )  # fmt: skip


def optimizer_name(optimizer: Optimizer, *, several: bool) -> str:
    """``Adam``; ``Adam (line 12)`` where there are several."""
    line = f" (line {optimizer.line})" if several and optimizer.line else ""
    return f"{optimizer.class_name or 'optimiser'}{line}"


def _corners(x: Array, y: Array) -> Points:
    """Without the points inside a level part."""
    if len(y) < 3:
        return Points(x, y)
    inside = np.zeros(len(y), bool)
    inside[1:-1] = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:])
    return Points(x[~inside], y[~inside])
