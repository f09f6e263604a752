"""SCL101, SCL102: the size of the input and of the targets, compared with unit size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.batches import call_sites
from unstuck.core.figure import Axis, Band, Curve, Figure, Level, Point, Range
from unstuck.core.words import count, number
from unstuck.figures.evidence.calls import looks_axis, positions, steps_of
from unstuck.figures.evidence.curve import step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers, same, value_of
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Evidence, Finding
    from unstuck.figures.evidence.evidence_figure import Array
    from unstuck.record.events import InputSeen, LossCall

ASIDE = 1.05
"""factor by which the second of two ranges is drawn beside the first, on a logarithmic axis"""
UNIT = Level(y=1.0, label="unit size: 1")
PREDICTIONS, TARGETS = 0, 4
"""groups of colours"""


def inputs(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SCL101: root mean square of the data that enters the first layer, batch by batch."""
    layer = finding.place.layer
    batches = [event for event in training.inputs if event.layer == layer and event.values.moments is not None]
    if not batches:
        return None
    if finding.measured("largest_feature_rms") is not None:
        return _dominated(finding, training, batches)
    size = np.array([math.hypot(*batch.values.moments) for batch in batches if batch.values.moments is not None])
    small = finding.measured("nonzero_input_rms") is not None
    if small:
        size = size / np.sqrt([max(1e-12, 1 - (batch.values.zeros or 0.0)) for batch in batches])
    key = "nonzero_input_rms" if small else "input_rms"
    limit = limit_of(finding, key)
    if limit is None:
        return None
    median = float(np.median(size))
    curve = Curve(
        name="root mean square of a batch",
        group=PREDICTIONS,
        x=numbers(positions(training, steps_of(batches))),
        y=numbers(size),
        marked=True,
        dots=True,
    )
    reader = f"layer {layer}" if layer else "the network"
    bound = f"too {'small below' if small else 'large above'} {number(limit)}"
    return EvidenceFigure(
        figure=Figure(
            title="Size of the input",
            description=f"Median {number(median)}.",
            x=looks_axis(training),
            y=_decades("root mean square of the input", [*size.tolist(), limit, 1.0]),
            curves=(curve,),
            levels=(UNIT, Level(y=limit, label=bound), Level(y=median, label=f"median {number(median)}")),
        ),
        sentence=f"The input of {reader} has root mean square {number(median)} (median of "
        f"{count(len(batches), 'sampled batch', 'sampled batches')}). Layers are initialised for size 1.",
        decided=((key, median),),
    )


def _dominated(finding: Finding, training: Training, batches: Sequence[InputSeen]) -> EvidenceFigure | None:
    known = [(batch.step, batch.features) for batch in batches if batch.features is not None]
    limit, top = limit_of(finding, "largest_feature_rms"), value_of(finding, "largest_feature_rms")
    if not known or limit is None:
        return None
    x = numbers(positions(training, [float(step) for step, _ in known]))
    largest = [features.rms_max for _, features in known]
    median = [features.rms_median for _, features in known]
    curves = (
        Curve(name="largest feature", group=TARGETS, x=x, y=tuple(largest), marked=True, dots=True),
        Curve(name="median feature", group=PREDICTIONS, x=x, y=tuple(median), dots=True),
    )
    return EvidenceFigure(
        figure=Figure(
            title="The largest feature and the median feature",
            description=f"{number(top)}.",
            x=looks_axis(training),
            y=_decades("root mean square of a feature", [*largest, *median, limit, 1.0]),
            curves=curves,
            levels=(
                UNIT,
                Level(y=limit, label=f"dominates above {number(limit)}"),
                Level(y=top, label=f"largest feature {number(top)}"),
            ),
        ),
        sentence=f"One feature has root mean square {number(top)}, the median feature "
        f"{number(float(np.median(median)))}.",
    )


def targets(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SCL102: targets and predictions, as mean ± standard deviation."""
    if finding.measured("target_size") is not None:
        return _by_first_loss(finding, training)
    decided = finding.measured("target_distance") or finding.measured("target_rms")
    if decided is None or decided.threshold is None:
        return None
    for sampled in call_sites(training).values():
        calls = [call for _, call in sampled if call.target.moments is not None and not call.one_hot]
        figure = _targets(finding, training, calls, decided) if calls else None
        if figure is not None:
            return figure
    return None


def _targets(
    finding: Finding, training: Training, calls: Sequence[LossCall], decided: Evidence
) -> EvidenceFigure | None:
    mean, std = (np.array([moments[at] for call in calls if (moments := call.target.moments)]) for at in (0, 1))
    center, spread = float(mean.mean()), math.sqrt(float((std**2).mean() + mean.var()))
    if not (same(center, value_of(finding, "target_mean")) and same(spread, value_of(finding, "target_std"))):
        return None
    large, size, limit = decided.key == "target_distance", decided.value, decided.threshold or 0.0
    ranges = _ranges(calls, positions(training, steps_of(calls)))
    first = calls[0].input.mean if large else 0.0
    first = first if first is not None and math.isfinite(first) else 0.0
    band = Band(low=first - limit, high=first + limit, label=f"within {number(limit)} of the first predictions")
    values = [value for drawn in ranges for value in (drawn.low, drawn.high)] + [first - limit, first + limit]
    begin = f"The first predictions are about {number(first)}" if large else "First predictions have about unit size"
    distance = f"{number(size)} away from them (root mean square)" if large else f"of size {number(size)}"
    return EvidenceFigure(
        figure=Figure(
            title="Targets and predictions",
            description=f"Targets {number(center)} ± {number(spread)}.",
            x=looks_axis(training),
            y=axis("targets and predictions, mean ± standard deviation", values, zero=False),
            curves=(),
            bands=(band,) if large else (),
            ranges=ranges,
            names=((-1, "targets"), (PREDICTIONS, "predictions")),
            levels=(Level(y=center, label=f"mean of the targets {number(center)}"),),
        ),
        sentence=f"{begin}. The targets, {number(center)} ± {number(spread)}, are {distance}.",
        decided=(("target_mean", center), ("target_std", spread)),
    )


def _ranges(calls: Sequence[LossCall], x: Array) -> tuple[Range, ...]:
    """Mean ± standard deviation of the targets, marked, and of the predictions, in each call."""
    drawn = []
    for at, call in zip(x.tolist(), calls, strict=True):
        if call.target.moments is not None:
            mean, std = call.target.moments
            drawn.append(Range(x=at, low=mean - std, high=mean + std, marked=True))
        if call.input.moments is not None:
            mean, std = call.input.moments
            drawn.append(Range(x=at * ASIDE, low=mean - std, high=mean + std, group=PREDICTIONS))
    return tuple(drawn)


def _by_first_loss(finding: Finding, training: Training) -> EvidenceFigure | None:
    drawn, loss = training_loss(training), training.loss
    size, limit = value_of(finding, "target_size"), limit_of(finding, "target_size")
    if loss is None or not drawn or limit is None or not float(loss.value[0]) > 0 or size <= 1:
        return None
    first = float(loss.value[0])
    power = math.log(first) / math.log(size)
    bar = limit**power
    return EvidenceFigure(
        figure=Figure(
            title="The first loss and the size of the targets",
            description=f"{number(first)}.",
            x=steps_axis(training),
            y=axis("loss", [*(y for curve in drawn for y in curve.y), bar]),
            curves=drawn,
            levels=(Level(y=bar, label=f"targets of size {number(limit)}"),),
            points=(Point(x=step_of(training, int(loss.index[0])), y=first, label=f"first loss {number(first)}"),),
        ),
        sentence=f"The first predictions were small, so the first loss, {number(first)}, implies targets of size "
        f"{number(size)}.",
        decided=(("target_size", first ** (1 / power)),),
    )


def _decades(label: str, values: Sequence[float]) -> Axis:
    """Logarithmic, because sizes are compared by their ratio."""
    return axis(label, [value for value in values if value > 0], wide=1.0)
