"""One experiment: the loss without the change and with it, on the same axes, and the baseline loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Curve, Figure, Level
from unstuck.core.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstuck.core import experiment
    from unstuck.core.experiment import Trial

WITHOUT, WITH = 4, 0
"""groups of colours"""
WIDE_RANGE = 50.0
"""ratio of the highest to the lowest loss from which the scale is logarithmic"""
MARGIN = 1.5
"""by which a logarithmic scale goes beyond the curves: a label has its place between them and the frame"""
CUT = 100.0
"""times the first or the baseline loss: a curve is cut there, so that one peak does not flatten the others"""


def experiment_curves(trial: Trial, baseline: float | None) -> Figure | None:
    """Control against treatment; None where one of them has no curve.

    Args:
        trial: the experiment.
        baseline: the baseline loss, where there is one.
    """
    control, treated = trial.control_curve, trial.treated_curve
    if control is None or treated is None:
        return None
    level = baseline if baseline is not None and math.isfinite(baseline) else None
    most = _most(control, treated, level)
    start = min(control.steps[0], treated.steps[0])
    without = f"with {' and '.join(trial.on_top_of)} alone" if trial.on_top_of else "without"
    treatment = f"with {trial.title}{' too' if trial.on_top_of else ''}"
    curves = tuple(
        Curve(name=name, group=group, x=tuple(x for x, _ in points), y=tuple(y for _, y in points))
        for name, group, curve in ((without, WITHOUT, control), (treatment, WITH, treated))
        if (points := list(_points(curve, start, most)))
    )
    if not curves:
        return None
    return Figure(
        title=trial.title, description=f"Loss without and with {trial.title}.",
        x=Axis(label="backward calls", low=0.0, high=float(max(control.steps[-1], treated.steps[-1]) - start + 1)),
        y=_axis([y for curve in curves for y in curve.y] + ([] if level is None else [level])),
        curves=curves,
        levels=() if level is None else (Level(y=level, label=f"baseline loss {number(level)}"),),
        not_numbers=tuple(
            sorted(
                float(step - start)
                for curve in (control, treated)
                for step, loss in zip(curve.steps, curve.losses, strict=True)
                if not math.isfinite(loss)
            )[:1]
        ),
    )  # fmt: skip


def _most(control: experiment.Curve, treated: experiment.Curve, level: float | None) -> float:
    """The largest loss that is drawn."""
    ordinary = [abs(curve.losses[0]) for curve in (control, treated)] + ([] if level is None else [abs(level)])
    return CUT * max([value for value in ordinary if math.isfinite(value)], default=math.inf)


def _points(curve: experiment.Curve, start: int, most: float) -> Iterator[tuple[float, float]]:
    for step, loss in zip(curve.steps, curve.losses, strict=True):
        if math.isfinite(loss):
            yield float(step - start), min(loss, most)


def _axis(values: Sequence[float]) -> Axis:
    low, high = min(values), max(values)
    if low > 0 and high / low > WIDE_RANGE:
        return Axis(label="loss", low=low / MARGIN, high=high * MARGIN, log=True)
    margin = 0.1 * (high - min(0.0, low) or 1.0)
    return Axis(label="loss", low=low - margin if low < 0 else 0.0, high=high + margin)
