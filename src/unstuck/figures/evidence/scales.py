"""SCL101, SCL102: the size of what enters the network, and of what it is asked for, against unit size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.batches import sites
from unstuck.core.figure import Axis, Band, Curve, Figure, Level, Point, Range
from unstuck.core.words import count, number
from unstuck.figures.evidence.calls import looks_axis, positions, steps_of
from unstuck.figures.evidence.curve import step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, find, limit_of, numbers, same, value_of
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event

ASIDE = 1.05
"""factor by which the second of two ranges lies beside the first, on a logarithmic axis"""
UNIT = Level(y=1.0, label="what layers are made for: 1")
ANSWERS, TARGETS = 0, 4
"""groups of colours"""


def inputs(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SCL101: root mean square of the data that enters the first layer, batch by batch."""
    layer = finding.place.layer
    events = [
        event
        for event in training.inputs
        if event.get("layer") == layer and event.get("mean") is not None and event.get("std") is not None
    ]
    if not events:
        return None
    if find(finding, "root mean square of the largest feature") is not None:
        return _drowned(finding, training, events)
    size = np.array([math.hypot(event["mean"], event["std"]) for event in events])
    small = find(finding, "root mean square of what is not zero") is not None
    if small:
        size = size / np.sqrt([max(1e-12, 1 - (event.get("zeros") or 0.0)) for event in events])
    quantity = "root mean square of what is not zero" if small else "root mean square of the input"
    limit = limit_of(finding, quantity)
    if limit is None:
        return None
    middle = float(np.median(size))
    curve = Curve(
        name="root mean square of a batch",
        group=ANSWERS,
        x=numbers(positions(training, steps_of(events))),
        y=numbers(size),
        marked=True,
        dots=True,
    )
    into = f" layer {layer}" if layer else " the first weights"
    allowed = f"told {'below' if small else 'above'} {number(limit)}"
    return EvidenceFigure(
        figure=Figure(
            title="Size of the data",
            description=f"Median {number(middle)}.",
            x=looks_axis(training),
            y=_decades("root mean square of the input", [*size.tolist(), limit, 1.0]),
            curves=(curve,),
            levels=(UNIT, Level(y=limit, label=allowed), Level(y=middle, label=f"median {number(middle)}")),
        ),
        sentence=f"What enters{into} has size {number(middle)} at the median of "
        f"{count(len(events), 'sampled batch', 'sampled batches')}; "
        "layers are made for inputs of size 1.",
        decided=((quantity, middle),),
    )


def _drowned(finding: Finding, training: Training, events: Sequence[Event]) -> EvidenceFigure | None:
    told = [event for event in events if event.get("features")]
    limit, top = (
        limit_of(finding, "root mean square of the largest"),
        value_of(finding, "root mean square of the largest"),
    )
    if not told or limit is None:
        return None
    x = numbers(positions(training, steps_of(told)))
    largest = [float(event["features"]["rms_max"]) for event in told]
    median = [float(event["features"]["rms_median"]) for event in told]
    curves = (
        Curve(name="largest feature", group=TARGETS, x=x, y=tuple(largest), marked=True, dots=True),
        Curve(name="median feature", group=ANSWERS, x=x, y=tuple(median), dots=True),
    )
    return EvidenceFigure(
        figure=Figure(
            title="The largest feature and the median one",
            description=f"{number(top)}.",
            x=looks_axis(training),
            y=_decades("root mean square of a feature", [*largest, *median, limit, 1.0]),
            curves=curves,
            levels=(
                UNIT,
                Level(y=limit, label=f"drowns the others above {number(limit)}"),
                Level(y=top, label=f"largest feature {number(top)}"),
            ),
        ),
        sentence=f"One feature has size {number(top)}, the median feature {number(float(np.median(median)))}: on a "
        f"scale that "
        "holds the one, the others are not seen.",
    )


def targets(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SCL102: targets and the network's answers, as mean ± spread."""
    if find(finding, "size of the targets by the first losses") is not None:
        return _by_first_loss(finding, training)
    large = find(finding, "root mean square of the targets about the first answers")
    item = large or find(finding, "root mean square of the targets")
    if item is None or item.threshold is None:
        return None
    for calls in sites(training).values():
        told = [call for _, call in calls if call["target"].get("std") is not None and not call.get("one_hot")]
        found = _scaled(finding, training, told, item.value, item.threshold, large=large is not None)
        if found is not None:
            return found
    return None


def _scaled(
    finding: Finding, training: Training, told: Sequence[Event], size: float, limit: float, *, large: bool
) -> EvidenceFigure | None:
    if not told:
        return None
    mean, std = (np.array([float(call["target"][name]) for call in told]) for name in ("mean", "std"))
    center, spread = float(mean.mean()), math.sqrt(float((std**2).mean() + mean.var()))
    if not (
        same(center, value_of(finding, "mean of the targets"))
        and same(spread, value_of(finding, "spread of the targets"))
    ):
        return None
    x = positions(training, steps_of(told))
    across = looks_axis(training)
    marked = [Range(x=float(a), low=m - s, high=m + s, marked=True) for a, m, s in zip(x, mean, std, strict=True)]
    given = [call["input"] for call in told]
    answers = [
        Range(x=float(a) * ASIDE, low=one["mean"] - one["std"], high=one["mean"] + one["std"], group=ANSWERS)
        for a, one in zip(x, given, strict=True)
        if one.get("mean") is not None and one.get("std") is not None
    ]
    first = given[0].get("mean") if large else 0.0
    first = float(first) if first is not None and math.isfinite(first) else 0.0
    band = Band(low=first - limit, high=first + limit, label=f"within {number(limit)} of the first answers")
    values = [value for one in (*marked, *answers) for value in (one.low, one.high)] + [first - limit, first + limit]
    distance = f"{number(size)} away from them (root mean square)" if large else f"of size {number(size)}"
    begin = (
        f"The network begins with answers about {number(first)}"
        if large
        else "A network begins with answers of about 1"
    )
    return EvidenceFigure(
        figure=Figure(
            title="Targets and answers",
            description=f"Targets {number(center)} ± {number(spread)}.",
            x=across,
            y=axis("targets and answers, mean ± spread", values, zero=False),
            curves=(),
            bands=(band,) if large else (),
            ranges=(*marked, *answers),
            names=((-1, "targets"), (ANSWERS, "answers of the network")),
            levels=(Level(y=center, label=f"mean of the targets {number(center)}"),),
        ),
        sentence=f"{begin}; the targets, {number(center)} ± {number(spread)}, lie {distance}.",
        decided=(("mean of the targets", center), ("spread of the targets", spread)),
    )


def _by_first_loss(finding: Finding, training: Training) -> EvidenceFigure | None:
    drawn, loss = training_loss(training), training.loss
    size, limit = value_of(finding, "size of the targets"), limit_of(finding, "size of the targets")
    if loss is None or not drawn or limit is None or not float(loss.value[0]) > 0 or size <= 1:
        return None
    first = float(loss.value[0])
    power = math.log(first) / math.log(size)
    bar = limit**power
    return EvidenceFigure(
        figure=Figure(
            title="The first loss tells the size of the targets",
            description=f"{number(first)}.",
            x=steps_axis(training),
            y=axis("loss", [*(y for curve in drawn for y in curve.y), bar]),
            curves=drawn,
            levels=(Level(y=bar, label=f"targets of size {number(limit)}"),),
            points=(Point(x=step_of(training, int(loss.index[0])), y=first, label=f"first loss {number(first)}"),),
        ),
        sentence=f"The first loss, {number(first)}, is that of targets of size {number(size)}: the network began with "
        f"small answers.",
        decided=(("size of the targets", first ** (1 / power)),),
    )


def _decades(label: str, values: Sequence[float]) -> Axis:
    """Logarithmic wherever all values are above zero: sizes are compared by their ratio."""
    above = [value for value in values if value > 0]
    return axis(label, above, wide=1.0)
