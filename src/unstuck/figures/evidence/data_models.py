"""Models that were fitted to a data set, compared with the same on permuted labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import number
from unstuck.figures.evidence.evidence_figure import EvidenceFigure
from unstuck.record.events.data.labels import Signal

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.finding import Finding


def signal(_finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """The score of each model, beside its mean score on permuted labels."""
    event = view.one(Signal)
    if event is None or not event.models:
        return None
    bars = tuple(
        Bar(name=model, value=max(0.0, score), beside=max(0.0, chance), note=number(score))
        for model, score, chance in zip(event.models, event.scores, event.chance, strict=True)
    )
    figure = Bars(
        title="Scores of models", description="Each beside its mean score on permuted labels.", bars=bars,
        x=Axis(label="score out of fold", low=0.0, high=1.0), groups=("on the labels", "on permuted labels"),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence="Where both are equal, the inputs say nothing about the label.")
