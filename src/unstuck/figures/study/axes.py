"""The axis of the objective: its ends leave out what is far worse than the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis
from unstuck.record.events.study import SearchedParameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.study.view import StudyView

WORST_SHOWN = 0.8
"""share of the values, the best first, that the axis must take in"""
MARGIN = 0.08


def objective_axis(view: StudyView, more: Sequence[float] = ()) -> Axis:
    """From the best value to the one that most others are better than."""
    values = sorted((float(one.value or 0.0) for one in view.complete), key=lambda one: view.sign * one)
    kept = [*values[: max(3, round(WORST_SHOWN * len(values)))], *more]
    low, high = min(kept, default=0.0), max(kept, default=1.0)
    room = MARGIN * (high - low) or abs(high) * MARGIN or 1.0
    return Axis(label=view.setup.objective, low=low - room, high=high + room)


def parameter_axis(parameter: SearchedParameter) -> Axis:
    """Of a parameter with a range."""
    low, high = parameter.low or 0.0, parameter.high or 1.0
    return Axis(label=parameter.name, low=low, high=high, log=parameter.log, whole=parameter.whole)


def clipped(axis: Axis, value: float) -> float:
    """A value that lies beyond the axis is drawn at its end."""
    return min(max(value, axis.low), axis.high)
