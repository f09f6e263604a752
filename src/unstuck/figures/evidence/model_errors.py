"""Figures of a model's errors: a confused pair, a weak slice, predictions that do not repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import number, share
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.record.events.model.errors import ModelSlice, Repetition

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView
    from unstuck.core.finding import Finding

ERRORS = {
    "pair_error": "the network", "simple_error": "simple models on training labels",
    "within_error": "simple models on held-out labels",
}  # fmt: skip


def pair(finding: Finding, _view: ModelView) -> EvidenceFigure | None:
    """The error between two classes: of the network and of simple models; else the share beside that of other pairs."""
    known = [(name, item.value) for key, name in ERRORS.items() if (item := finding.measured(key)) is not None]
    confused, usual = finding.measured("confused_share"), finding.measured("usual_share")
    if confused is None or usual is None:
        return None
    if len(known) < 2:
        known = [("this pair", confused.value), ("other pairs", usual.value)]
        title = "Share of a class that is predicted as another"
    else:
        title = "Errors between both classes"
    bars = tuple(
        Bar(name=name, value=value, note=share(value), marked=at == 0) for at, (name, value) in enumerate(known)
    )
    high = min(1.0, 1.15 * max(bar.value for bar in bars) or 1.0)
    return EvidenceFigure(
        figure=Bars(title=title, description="", x=Axis(label="share", low=0.0, high=high), bars=bars),
        sentence=f"The share of the class that is confused is {share(confused.value)}.",
        decided=(("confused_share", confused.value),),
    )  # fmt: skip


def weak_slice(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """The error in the slice and elsewhere, and that of boosted trees."""
    item = finding.measured("slice_loss")
    event = next((one for one in view.of(ModelSlice) if item is not None and one.loss == item.value), None)
    if event is None:
        return None
    rate = event.loss_name.startswith("error rate")
    say = share if rate else number
    values = [("in the slice", event.loss), ("elsewhere", event.other_loss)]
    if event.reference_loss is not None:
        values.append(("boosted trees in the slice", event.reference_loss))
    bars = tuple(
        Bar(name=name, value=value, note=say(value), marked=at == 0) for at, (name, value) in enumerate(values)
    )
    figure = Bars(
        title=f"Where {' and '.join(event.predicates)}", description="", bars=bars,
        x=axis(event.loss_name, [0.0, *(value for _, value in values)]),
    )
    return EvidenceFigure(
        figure=figure, sentence=f"The {event.loss_name} in the slice is {say(event.loss)}.",
        decided=(("slice_loss", event.loss),),
    )  # fmt: skip


def repetitions(finding: Finding, view: ModelView) -> EvidenceFigure | None:
    """The largest difference of an output: again, alone, in another order."""
    item = finding.measured("output_difference")
    events = view.of(Repetition)
    if item is None or not events:
        return None
    bars = tuple(
        Bar(name=one.how, value=one.difference, note=number(one.difference), marked=one.difference == item.value)
        for one in events
    )
    figure = Bars(
        title="Largest difference of an output", description="", bars=bars,
        x=axis("standard deviations of the outputs", [0.0, *(bar.value for bar in bars)]),
    )
    return EvidenceFigure(
        figure=figure, sentence=f"Predicted once more, an output differs by {number(item.value)}.",
        decided=(("output_difference", item.value),),
    )  # fmt: skip
