"""CRV103, LOP111: where the held-out loss turns, and where a falling loss would go."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.curves import curve_of, evaluations, line, over_epochs
from unstuck.core.figure import Axis, Curve, Figure, Level, Moment, Point
from unstuck.core.words import count, number
from unstuck.figures.evidence.curve import curves, since_start, step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, same, value_of
from unstuck.figures.learning_curve import span, steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.curves import Evaluation, Line
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import Array

HELD_OUT = 4
"""group of colours"""


def overfitting(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV103, LOP112: training loss and held-out loss, with the lowest held-out loss marked."""
    drawn = training_loss(training)
    low, rise = value_of(finding, "lowest_held_out_loss"), value_of(finding, "held_out_rise")
    end, most = value_of(finding, "held_out_loss_at_end"), limit_of(finding, "held_out_rise")
    turn = finding.first_step
    turning = None if turn is None else _turning(training, turn, low)
    if turning is None or turn is None or not drawn or most is None:
        return None
    held_out, lowest = turning
    x = since_start(training, held_out.x)
    drawn = (*drawn, *curves(x, held_out.y, "held-out loss", HELD_OUT, marked=True))
    values = [y for curve in drawn for y in curve.y] + [low + most, end]
    return EvidenceFigure(
        figure=Figure(
            title="The held-out loss rises",
            description=f"Lowest at step {turn}, {number(low)}; {number(end)} at the end.",
            x=steps_axis(training),
            y=axis("loss", values, wide=1e12),
            curves=drawn,
            levels=(Level(y=low + most, label=f"limit of noise {number(low + most)}"),),
            moments=(Moment(x=step_of(training, turn), label=f"lowest at step {number(turn)}"),),
            points=(
                Point(x=step_of(training, turn), y=lowest, label=f"lowest {number(lowest)}"),
                Point(x=float(x[-1]), y=end, label=f"end {number(end)}"),
            ),
        ),
        sentence=f"From step {number(turn)} on the held-out loss rises by {number(rise)}, from {number(low)} to "
        f"{number(end)}{'' if finding.measured('loss_at_end') is None else ', while the training loss keeps falling'}.",
        decided=(("lowest_held_out_loss", lowest), ("turning_step", float(turn))),
    )


def _turning(training: Training, turn: int, low: float) -> tuple[Evaluation, float] | None:
    """The held-out curve with its minimum at that step, and the minimum of its medians of three."""
    for held_out in evaluations(training):
        finite = np.isfinite(held_out.y)
        x, y = held_out.x[finite], held_out.y[finite]
        if len(y) < 3:
            continue
        padded = np.concatenate((y[:1], y, y[-1:]))
        smooth = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
        at = int(np.argmin(smooth))
        if int(x[at]) == turn and same(float(smooth[at]), low):
            return held_out, float(smooth[at])
    return None


def still_falling(finding: Finding, training: Training) -> EvidenceFigure | None:
    """The curve, the line through its last third, and the fall to expect in a run twice as long."""
    gain, fall = value_of(finding, "expected_gain"), value_of(finding, "fall_in_last_third")
    fitted_curve = _fitted(training, fall)
    least = limit_of(finding, "expected_gain")
    if fitted_curve is None or least is None or not math.isfinite(gain):
        return None
    name, x, y, late = fitted_curve
    x = x - span(training)[0]
    third = max(4, round(len(y) / 3))
    now = late.middle + late.change / 2
    end, whole = float(x[-1]), float(x[-1] - x[0])
    fitted = Curve(
        name="line through the last third",
        group=HELD_OUT,
        marked=True,
        x=(float(x[-third]), end),
        y=(late.middle - late.change / 2, now),
    )
    ahead = Curve(
        name="expected in a run twice as long", group=HELD_OUT, dashed=True, x=(end, end + whole), y=(now, now - gain)
    )  # fmt: skip
    raw = curves(x, y, name)
    values = [value for curve in (*raw, fitted, ahead) for value in curve.y]
    levels = (Level(y=now - least, label=f"reported if it would fall below {number(now - least)}"),)
    return EvidenceFigure(
        figure=Figure(
            title="Still falling at the end",
            description=f"By {number(fall)} in the last third.",
            x=Axis(label="backward calls", low=0.0, high=(end + whole) * 1.02),
            y=axis("loss", values, wide=1e12),
            curves=(*raw, fitted, ahead),
            levels=levels,
            moments=(Moment(x=end, label="the run ended here"),),
            points=(Point(x=end + whole, y=now - gain, label=f"expected {number(now - gain)}"),),
        ),
        sentence=f"The {name} fell by {number(fall)} in the last third, to {number(now)}. "
        f"{count(round(whole) + 1, 'more step')} should lower it by about {number(gain)}.",
        decided=(("fall_in_last_third", -late.change), ("loss_at_end", now)),
    )


def _fitted(training: Training, fall: float) -> tuple[str, Array, Array, Line] | None:
    """The curve whose last third fell by so much: its name, its values, and the line through its last third."""
    curves_by_name = [
        ("held-out loss", evaluation.x, evaluation.y)
        for evaluation in evaluations(training) if not evaluation.trained_on
    ]  # fmt: skip
    if training.loss is not None:
        curves_by_name.append(("training loss", *over_epochs(training, curve_of(training, training.loss))))
    for name, all_x, all_y in curves_by_name:
        kept = np.isfinite(all_y)
        x, y = all_x[kept], all_y[kept]
        if len(y) < 4:
            continue
        third = max(4, round(len(y) / 3))
        late = line(x[-third:], y[-third:])
        if same(-late.change, fall):
            return name, x, y, late
    return None
