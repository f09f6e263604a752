"""CRV109: since when the loss has been level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.curves import Curve, curve_of, over_epochs
from unstuck.analysis.run.plateau import plateau
from unstuck.core.figure import Figure, Level, Moment
from unstuck.core.words import number, share
from unstuck.figures.evidence.curve import step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding


def level(finding: Finding, training: Training) -> EvidenceFigure | None:  # noqa: ARG001 — what is drawn is found in the curve
    """The training loss, its final level, and the step since when it stands there."""
    loss, drawn = training.loss, training_loss(training)
    if loss is None or not drawn:
        return None
    whole = curve_of(training, loss)
    found = plateau(Curve(*over_epochs(training, whole), whole.steps))
    if found is None:
        return None
    step = int(found.since)
    values = [y for curve in drawn for y in curve.y]
    return EvidenceFigure(
        figure=Figure(
            title="The loss stopped falling", description=f"Level since step {step}.", x=steps_axis(training),
            y=axis("loss", values, wide=1e12), curves=drawn,
            levels=(Level(y=found.level, label=f"level {number(found.level)}"),),
            moments=(Moment(x=step_of(training, step), label=f"level since step {number(step)}"),),
        ),
        sentence=f"Until step {number(step)} the loss fell by {number(found.fall)}; the rest, {share(found.share)} of "
        "the run, did not lower it.",
        decided=(("level_share", found.share), ("level", found.level)),
    )  # fmt: skip
