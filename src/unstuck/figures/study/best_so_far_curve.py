"""The best value so far, over the trials, with the value of each trial behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.study.best_so_far import best_so_far
from unstuck.core.figure import Axis, Curve, Figure, Mark
from unstuck.core.words import count, number
from unstuck.figures.study.axes import clipped, objective_axis

if TYPE_CHECKING:
    from unstuck.analysis.study.view import StudyView


def best_so_far_curve(view: StudyView) -> Figure | None:
    """None where no trial came to a finite value."""
    x, y = best_so_far(view)
    best = view.best
    if best is None:
        return None
    axis = objective_axis(view, [y[-1]])
    places = {trial.number: at for at, trial in enumerate(view.counted, 1)}
    single = Curve(
        name="each trial", group=1, x=tuple(float(places[one.number]) for one in view.complete),
        y=tuple(clipped(axis, float(one.value or 0.0)) for one in view.complete), dots=True, line=False, hollow=True,
    )  # fmt: skip
    line = Curve(name="best so far", group=0, x=x, y=tuple(clipped(axis, one) for one in y))
    failed = tuple(float(places[one.number]) for one in view.counted if one.status in ("diverged", "failed"))
    worse = sum(clipped(axis, float(one.value or 0.0)) != one.value for one in view.complete)
    beyond = f"; {count(worse, 'value')} beyond the axis drawn at its end" if worse else ""
    return Figure(
        title="Best so far", description=f"{count(len(view.counted), 'trial')} by {view.setup.objective}{beyond}.",
        x=Axis(label="Trials", low=1.0, high=float(max(2, len(view.counted))), whole=True),
        y=axis, curves=(single, line),
        marks=(
            Mark(x=float(places[best.number]), y=clipped(axis, y[-1]), label=f"{number(y[-1])} (trial {best.number})"),
        ),
        not_numbers=failed,
    )  # fmt: skip
