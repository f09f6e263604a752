"""The classes of a split as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.figures.data.classes import class_bars
from unstuck.figures.evidence.evidence_figure import EvidenceFigure

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.finding import Finding


def balance(_finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """How many examples each class has."""
    bars = class_bars((view,))
    return EvidenceFigure(figure=bars[0], sentence=bars[0].description) if bars else None
