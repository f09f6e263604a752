"""What probes saw of the loss: at the beginning, on one batch, over learning rates and batch sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Level, Moment, Point
from unstuck.core.words import number
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.record.events.probe.loss import Fit, InitialLoss, Overfit, StandIns
from unstuck.record.events.probe.rates import BatchSizes, LearningRates

if TYPE_CHECKING:
    from unstuck.analysis.probe.view import ProbeView
    from unstuck.core.finding import Finding

RANGE = "range test, step by step and smoothed"
HIGHEST = 3.0
"""times the first loss, that a range test's axis shows"""


def initial(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """The loss before training, of knowing nothing, of the best constant."""
    event = view.one(InitialLoss)
    if event is None or event.expected is None:
        return None
    known = (
        ("before training", event.loss), ("knowing nothing", event.expected), ("constant baseline", event.baseline),
    )  # fmt: skip
    bars = tuple(
        Bar(name=name, value=value, note=number(value), marked=name == "before training")
        for name, value in known if value is not None and math.isfinite(value)
    )  # fmt: skip
    figure = Bars(
        title="Loss before training", description="The loss of the first batches before any step.", bars=bars,
        x=Axis(label="loss", low=0.0, high=1.05 * max([bar.value for bar in bars] or [1.0])),
    )
    return EvidenceFigure(figure=figure, sentence=figure.description)


def fits(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """One batch, trained on again and again."""
    event = view.one(Overfit)
    if event is None:
        return None
    names = [f"{fit.name} at {number(fit.rate)}" if fit.rate is not None else fit.name for fit in event.fits]
    figure = _fits("Overfitting one batch", event.fits, names, event.baseline)
    return EvidenceFigure(figure=figure, sentence=f"The same {event.examples} examples at every step.")


def stand_ins(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """The data and what was put in its place."""
    event = view.one(StandIns)
    if event is None:
        return None
    figure = _fits("The data, and other things in its place", event.fits, [fit.name for fit in event.fits],
                   event.baseline)  # fmt: skip
    return EvidenceFigure(figure=figure, sentence="Zeros can be fitted down to the constant baseline only.")


def _fits(title: str, found: Sequence[Fit], names: Sequence[str], baseline: float | None) -> Figure:
    curves = tuple(
        Curve(name=name, group=at, x=tuple(map(float, range(len(fit.losses)))), y=fit.losses)
        for at, (fit, name) in enumerate(zip(found, names, strict=True)) if fit.losses
    )  # fmt: skip
    values = [value for curve in curves for value in curve.y if math.isfinite(value)]
    longest = max((len(curve.x) for curve in curves), default=1)
    return Figure(
        title=title, description="Loss of short trainings on one small batch.", curves=curves,
        x=Axis(label="step", low=0.0, high=float(longest), whole=True),
        y=axis("loss", [*values, *([baseline] if baseline is not None else [])]),
        levels=() if baseline is None else (Level(y=baseline, label="constant baseline"),),
    )  # fmt: skip


def rates(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """The learning-rate range test, and the short trainings."""
    event = view.one(LearningRates)
    if event is None or len(event.rates) < 2:
        return None
    seen = [(rate, loss, even) for rate, loss, even in zip(event.rates, event.losses, event.smooth, strict=True)
            if math.isfinite(loss) and loss <= HIGHEST * abs(event.first)]  # fmt: skip
    x = tuple(rate for rate, _, _ in seen)
    trials = [trial for trial in event.trials if math.isfinite(trial.last)]
    curves = (
        Curve(name=RANGE, group=0, x=x, y=tuple(loss for _, loss, _ in seen), faint=True),
        Curve(name=RANGE, group=0, x=x, y=tuple(even for _, _, even in seen)),
        Curve(name="short trainings, last loss", group=1, x=tuple(trial.rate for trial in trials), dots=True,
              y=tuple(trial.last for trial in trials)),
    )  # fmt: skip
    moments = [Moment(x=event.own, label="own")]
    if event.suggestion is not None:
        moments.append(Moment(x=event.suggestion, label="suggested"))
    if event.largest is not None:
        moments.append(Moment(x=event.largest, label="largest"))
    values = [*(loss for _, loss, _ in seen), *(even for _, _, even in seen), *(trial.last for trial in trials)]
    low, high = min([*x, event.own]), max([*x, event.own])
    figure = Figure(
        title="Learning-rate range test", curves=curves, moments=tuple(moments), y=axis("loss", values),
        description="The rate rises from step to step; dots are short trainings at one rate.",
        x=Axis(label="learning rate", low=low / 1.3, high=high * 1.3, log=True),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence=figure.description)


def batch_sizes(_finding: Finding | None, view: ProbeView) -> EvidenceFigure | None:
    """Examples a second at each batch size."""
    event = view.one(BatchSizes)
    if event is None or len(event.trials) < 2:
        return None
    x = tuple(float(trial.size) for trial in event.trials)
    y = tuple(trial.size / trial.seconds for trial in event.trials)
    own = next((Point(x=a, y=b, label="own") for a, b in zip(x, y, strict=True) if a == event.own), None)
    figure = Figure(
        title="Throughput", description="Examples a second, forward, backward and step, at each batch size.",
        x=Axis(label="batch size", low=x[0] / 1.2, high=x[-1] * 1.2, log=True), y=axis("examples a second", y),
        curves=(Curve(name="examples a second", group=0, x=x, y=y, dots=True),), points=() if own is None else (own,),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence=figure.description)
