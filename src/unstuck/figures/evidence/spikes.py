"""CRV111: the loss, and the step that is highest above its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.spikes import spikes
from unstuck.core.figure import Figure, Point
from unstuck.core.words import number
from unstuck.figures.evidence.curve import step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, value_of
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def highest(finding: Finding, training: Training) -> EvidenceFigure | None:
    """The curve with that step marked."""
    value, drawn = value_of(finding, "spike_loss"), training_loss(training)
    one = next((spike for spike in spikes(training) if spike.value == value), None)
    if one is None or not drawn:
        return None
    return EvidenceFigure(
        figure=Figure(
            title="A step far above the others", description=f"{number(one.value)} at step {one.step}.",
            x=steps_axis(training), y=axis("loss", [*(y for curve in drawn for y in curve.y), one.value], wide=1e12),
            curves=drawn,
            points=(Point(x=step_of(training, one.step), y=one.value, label=f"step {one.step}: {number(one.value)}"),),
        ),
        sentence=f"At step {one.step} the loss is {number(one.value)}, around it {number(one.level)}: "
        f"{number(one.sigmas)} standard deviations.",
        decided=(("spike_loss", one.value), ("spike_level", one.level), ("spike_sigmas", one.sigmas)),
    )  # fmt: skip
