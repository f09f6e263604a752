"""The classes of a split as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.view import DatasetView
from unstuck.figures.data.classes import class_bars
from unstuck.figures.evidence.evidence_figure import EvidenceFigure

if TYPE_CHECKING:
    from unstuck.core.finding import Finding


def balance(_finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """How many examples each class has."""
    bars = class_bars((view,))
    return EvidenceFigure(figure=bars[0], sentence=bars[0].description) if bars else None


def both_splits(_finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """The classes of the training split, and of this one beside them."""
    train = view.splits.get(0)
    if train is None or view.split.id == 0:
        return None
    bars = class_bars((DatasetView(view.record, train), view))
    return EvidenceFigure(figure=bars[0], sentence="") if bars and bars[0].groups else None
