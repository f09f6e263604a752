"""Figures of what predictions depend on: attributes, the range of the training data, small steps, stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure
from unstuck.figures.model.dependence import (
    adversarial_curve,
    distance_curve,
    followed_bars,
    pushed_curve,
    stage_bars,
)
from unstuck.record.events.model.robustness import AdversarialAccuracy, OutsideRange, PushedInputs

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView
    from unstuck.core.finding import Finding


def followed(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """How often predictions follow each attribute, and how often the edit alone does it."""
    item = finding.measured("followed")
    figure = followed_bars(view, None if item is None else item.value)
    if figure is None or item is None:
        return None
    return EvidenceFigure(
        figure=figure, sentence=f"With the attribute of another example, {share(item.value)} get its prediction.",
        decided=(("followed", item.value),),
    )  # fmt: skip


def outside(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """Accuracy and confidence by distance from the training data; of pushed inputs by how far they are pushed."""
    item = finding.measured("accuracy_outside")
    if item is not None:
        beyond = next((one for one in view.of(OutsideRange) if one.accuracy_outside == item.value), None)
        if beyond is None:
            return None
        return EvidenceFigure(
            figure=distance_curve(beyond), sentence=f"Accuracy outside the range is {share(item.value)}.",
            decided=(("accuracy_outside", beyond.accuracy_outside or 0.0),),
        )  # fmt: skip
    item = finding.measured("confidence_pushed")
    pushed = next((one for one in view.of(PushedInputs) if item is not None and item.value in one.confidence), None)
    if pushed is None or item is None:
        return None
    return EvidenceFigure(
        figure=pushed_curve(pushed, marked=True), sentence=f"The confidence of pushed inputs is {share(item.value)}.",
        decided=(("confidence_pushed", item.value),),
    )  # fmt: skip


def adversarial(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """Accuracy by the size of a step against the network."""
    item = finding.measured("accuracy_left")
    event = next((one for one in view.of(AdversarialAccuracy) if item is not None and item.value in one.accuracy
                  and one.attack in finding.message), None)  # fmt: skip
    figure = None if event is None else adversarial_curve(view, marked=event.attack)
    if figure is None or item is None:
        return None
    return EvidenceFigure(
        figure=figure, sentence=f"After the step {share(item.value)} of the examples are right.",
        decided=(("accuracy_left", item.value),),
    )  # fmt: skip


def stages(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """The score as it is, and with each stage replaced by its right output."""
    item = finding.measured("stage_score")
    figure = stage_bars(view, None if item is None else item.value)
    if figure is None or item is None:
        return None
    return EvidenceFigure(
        figure=figure, sentence=f"With the right output of the stage the score is {number(item.value)}.",
        decided=(("stage_score", item.value),),
    )  # fmt: skip
