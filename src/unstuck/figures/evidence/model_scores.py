"""Figures of a model's scores: beside others, beside a constant, confidence beside accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.words import number
from unstuck.figures.evidence.evidence_figure import EvidenceFigure
from unstuck.figures.model.scores import compared_bars, constant_bars, reliability_diagram
from unstuck.record.events.model.numbers import Calibration

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView
    from unstuck.core.finding import Finding


def compared(_finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """The network, the best constant, and the simple models."""
    figure = compared_bars(view, marked=True)
    return None if figure is None else EvidenceFigure(figure=figure, sentence=figure.description)


def blind_spot(_finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """Every metric, of the network and of a constant."""
    figure = constant_bars(view)
    return None if figure is None else EvidenceFigure(figure=figure, sentence=figure.description)


def reliability(_finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """Accuracy by confidence."""
    figure, event = reliability_diagram(view), view.one(Calibration)
    if figure is None or event is None:
        return None
    return EvidenceFigure(
        figure=figure, sentence=f"{figure.description} The calibration error is {number(event.error)}.",
        decided=(("calibration_error", event.error),),
    )  # fmt: skip
