"""The value of every trial against each hyper-parameter: what values go with good results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Curve, Figure, Mark
from unstuck.core.words import number
from unstuck.figures.study.axes import clipped, objective_axis, parameter_axis
from unstuck.figures.study.choices import choice_bars

if TYPE_CHECKING:
    from unstuck.analysis.study.view import StudyView
    from unstuck.core.figure import Bars
    from unstuck.record.events.study import SearchedParameter

LEAST_TRIALS = 3


def slice_plots(view: StudyView) -> tuple[Figure | Bars, ...]:
    """One for each hyper-parameter, the most important first; none for few trials."""
    if len(view.complete) < LEAST_TRIALS:
        return ()
    found = (choice_bars(view, one) if one.choices else _slice(view, one) for one in view.parameters)
    return tuple(figure for figure in found if figure is not None)


def _slice(view: StudyView, parameter: SearchedParameter) -> Figure | None:
    seen = [
        (float(value), float(one.value or 0.0)) for one in view.complete
        if isinstance(value := one.setting.get(parameter.name), int | float)
    ]  # fmt: skip
    if not seen:
        return None
    axis = objective_axis(view)
    x, y = zip(*seen, strict=True)
    best = view.best
    marks: tuple[Mark, ...] = ()
    if best is not None and isinstance(value := best.setting.get(parameter.name), int | float):
        marks = (
            Mark(x=float(value), y=clipped(axis, float(best.value or 0.0)), label=f"best: {number(float(value))}"),
        )
    curve = Curve(
        name="trials", group=0, x=x, y=tuple(clipped(axis, one) for one in y), dots=True, line=False, hollow=True
    )
    return Figure(
        title=parameter.name, description=f"Every complete trial: {view.setup.objective} against {parameter.name}.",
        x=parameter_axis(parameter), y=axis, curves=(curve,), marks=marks,
    )  # fmt: skip
