"""The training loss and what it is compared with: its start, the baseline loss, a lower or an upper bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Band, Bar, Bars, Curve, Figure, Level, Moment, Point
from unstuck.core.vocabulary import OPERATION_NAMES
from unstuck.core.words import number, share
from unstuck.figures.evidence.curve import cut, near, step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, value_of
from unstuck.figures.learning_curve import LARGEST, span, steps_axis
from unstuck.figures.reduce import columns_of
from unstuck.record import events

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

def flat(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV101: the loss, its start, its end, and how low it would have to be."""
    drawn = training_loss(training)
    first, last = value_of(finding, "loss_at_start"), value_of(finding, "loss_at_end")
    least = limit_of(finding, "loss_fall")
    if not drawn or least is None or not math.isfinite(first + last):
        return None
    y = near(drawn, (first, last, first - least))
    levels = (
        Level(y=first, label=f"start {number(first)}"),
        Level(y=last, label=f"end {number(last)}"),
        Level(y=first - least, label=f"a fall beyond noise: {number(first - least)}"),
    )
    return EvidenceFigure(
        figure=Figure(
            title="The loss does not fall",
            description=f"From {number(first)} to {number(last)}.",
            x=steps_axis(training),
            y=y,
            curves=cut(drawn, y),
            levels=levels,
        ),
        sentence=f"The loss starts at {number(first)} and ends at {number(last)}. "
        f"A fall beyond noise would end below {number(first - least)}.",
    )


def above_baseline(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV110: the loss and the baseline loss."""
    drawn = training_loss(training)
    last, baseline = value_of(finding, "loss_at_end"), value_of(finding, "baseline_loss")
    better = limit_of(finding, "loss_at_end")
    if not drawn or better is None or not math.isfinite(last + baseline):
        return None
    y = near(drawn, (last, baseline, better))
    levels = (
        Level(y=baseline, label=f"baseline {number(baseline)}"),
        Level(y=last, label=f"end {number(last)}"),
        Level(y=better, label=f"better than the baseline: below {number(better)}"),
    )
    return EvidenceFigure(
        figure=Figure(
            title="The loss and the baseline loss",
            description=f"End {number(last)}, baseline {number(baseline)}.",
            x=steps_axis(training),
            y=y,
            curves=cut(drawn, y),
            levels=levels,
        ),
        sentence=f"The loss ends at {number(last)}. The best constant prediction has a loss of "
        f"{number(baseline)}.{_above(drawn, y)}",
    )


def diverging(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV107: the loss, its start, how high it may end, and where it becomes NaN or infinite."""
    drawn = training_loss(training)
    first, last = value_of(finding, "loss_at_start"), value_of(finding, "loss_at_end")
    most = limit_of(finding, "loss_at_end")
    if not drawn or most is None or not math.isfinite(first):
        return None
    levels = (
        Level(y=first, label=f"start {number(first)}"),
        Level(y=most, label=f"diverged above {number(most)}"),
    )
    values = [y for curve in drawn for y in curve.y] + [first, most]
    nonfinite = _nonfinite(training)
    since = finding.first_step
    moments = (Moment(x=step_of(training, since), label=f"step {since}"),) if since is not None else ()
    ends = f"ends at {number(last)}" if math.isfinite(last) else "is NaN or infinite at the end"
    when = "" if since is None else f" The first value that is not finite is at step {number(since)}."
    points = (
        () if nonfinite or not math.isfinite(last) else (Point(x=drawn[-1].x[-1], y=last, label=f"end {number(last)}"),)
    )
    return EvidenceFigure(
        figure=Figure(
            title="The loss rises",
            description=f"From {number(first)}.",
            x=steps_axis(training),
            y=axis("loss", values + [point.y for point in points]),
            curves=drawn,
            levels=levels,
            moments=moments,
            not_numbers=nonfinite,
            points=points,
        ),
        sentence=f"The loss starts at {number(first)} and {ends}.{when}",
    )


def nonfinite(finding: Finding, training: Training) -> EvidenceFigure | None:
    """NUM101: the loss up to the first value that is NaN or infinite, which is marked."""
    drawn = training_loss(training)
    loss = training.loss
    if loss is None or not drawn or np.isfinite(loss.value).all():
        return None
    bad = np.flatnonzero(~np.isfinite(loss.value))
    first = int(loss.index[bad[0]])
    before = loss.value[: bad[0]]
    layer = f" in layer {finding.place.layer}" if finding.place.layer else ""
    decided = [("first_nonfinite_step", float(first))]
    points: tuple[Point, ...] = ()
    if len(before) and math.isfinite(float(before[-1])) and abs(float(before[-1])) < LARGEST:
        decided.append(("last_finite_loss", float(before[-1])))
        at = step_of(training, int(loss.index[bad[0] - 1]))
        points = (Point(x=at, y=float(before[-1]), label=f"last finite loss {number(float(before[-1]))}"),)
    y = axis("loss", [value for curve in drawn for value in curve.y])
    later = value_of(finding, "nonfinite_share")
    return EvidenceFigure(
        figure=Figure(
            title="The first loss that is NaN or infinite",
            description=f"First at step {first}.",
            x=steps_axis(training),
            y=y,
            curves=drawn,
            moments=(Moment(x=step_of(training, first), label=f"step {number(first)}{layer}"),),
            not_numbers=_nonfinite(training),
            points=points,
        ),
        sentence=f"The loss is first NaN or infinite at step {number(first)}{layer}. From there on, {share(later)} of "
        "the losses are.",
        decided=tuple(decided),
    )


def nonfinite_operation(finding: Finding, training: Training) -> EvidenceFigure | None:
    """NUM101 where no loss was finite: the values of the first operation, and how many are NaN or infinite."""
    origin = next(iter(training.of(events.Nonfinite)), None)
    if origin is None or not origin.count or not origin.of or not origin.op:
        return None
    if finding.measured("nonfinite_outputs") is None:
        return None
    layer = f" in layer {origin.layer}" if origin.layer else ""
    values = f"values of {OPERATION_NAMES.get(origin.op, origin.op)}{layer}"
    bars = (
        Bar(name=values, value=float(origin.of), note=number(origin.of)),
        Bar(name="NaN or infinite", value=float(origin.count), marked=True, note=number(origin.count)),
    )
    return EvidenceFigure(
        figure=Bars(
            title="The first operation that produced NaN or infinity",
            description=f"{origin.count} of {origin.of} values.",
            x=axis(f"{values} at step {number(origin.step)}", [origin.of]),
            bars=bars,
        ),
        sentence=f"No loss was finite. At step {number(origin.step)}, {number(origin.count)} of {number(origin.of)} "
        f"{values} are NaN or infinite.",
        decided=(("nonfinite_outputs", float(origin.count)),),
    )


def on_a_floor(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS101, LOS102: the loss above the lowest value that two activations allow."""
    drawn = training_loss(training)
    floor = _lowest_reachable(finding, training)
    last = value_of(finding, "loss_at_end")
    if not drawn or floor is None or not math.isfinite(last):
        return None  # the loss has another unit than the lowest reachable loss
    points = (Point(x=drawn[-1].x[-1], y=last, label=f"end {number(last)}"),)
    values = [y for curve in drawn for y in curve.y]
    return EvidenceFigure(
        figure=Figure(
            title="The lowest reachable loss",
            description=f"No lower than {number(floor)}.",
            x=steps_axis(training),
            y=Axis(label="loss", unit="nat", low=0.0, high=max(values) * 1.12),
            curves=drawn,
            bands=(Band(low=0.0, high=floor, label="cannot be reached", bad=True),),
            levels=(Level(y=floor, label=f"lowest reachable {number(floor)}"),),
            points=points,
        ),
        sentence=f"The loss ends at {number(last)} and cannot fall below {number(floor)}, whatever the network learns.",
        decided=(("lowest_reachable_loss", floor),),
    )


def _lowest_reachable(finding: Finding, training: Training) -> float | None:
    """Of softmax on probabilities by the number of classes, of sigmoid on probabilities by the share of positives."""
    reported = value_of(finding, "lowest_reachable_loss")
    if not math.isfinite(reported):
        return None
    positive = value_of(finding, "positive_share")
    if math.isfinite(positive):
        return positive * math.log1p(math.exp(-1.0)) + (1 - positive) * math.log(2.0)
    classes = next((call.classes for call in training.loss_calls if call.phase == "train" and call.classes), None)
    if classes is not None and finding.measured("num_classes") is not None:
        return math.log1p((classes - 1) / math.e)
    return reported


def beyond_bound(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS106 for a hand-written loss: an error larger than the output's range allows."""
    drawn = training_loss(training)
    loss = training.loss
    bound, largest = limit_of(finding, "largest_mean_error"), value_of(finding, "largest_mean_error")
    if loss is None or not drawn or bound is None:
        return None
    values = np.where(np.isfinite(loss.value), loss.value, -math.inf)
    at = int(np.argmax(values))
    top = float(values[at])
    return EvidenceFigure(
        figure=Figure(
            title="An error that the output's range does not allow",
            description=f"{number(top)} above {number(bound)}.",
            x=steps_axis(training),
            y=axis("loss", [*(y for curve in drawn for y in curve.y), bound, largest], wide=1e9),
            curves=drawn,
            levels=(Level(y=bound, label=f"largest possible {number(bound)}"),),
            points=(Point(x=step_of(training, int(loss.index[at])), y=top, label=f"largest {number(top)}"),),
        ),
        sentence=f"The largest error is {number(top)}. If all targets were in the range of the output, it could be at "
        f"most {number(bound)}.",
        decided=(("largest_mean_error", top),),
    )


def _nonfinite(training: Training) -> tuple[float, ...]:
    """Positions of losses that are NaN, infinite or too large to draw."""
    loss = training.loss
    if loss is None:
        return ()
    bad = loss.index[~(np.abs(loss.value) < LARGEST)].astype(np.float64) - span(training)[0]
    return tuple(columns_of(bad).tolist())


def _above(drawn: tuple[Curve, ...], y: Axis) -> str:
    """Says that some values lie outside the figure, where they do."""
    highest = max(max(curve.y) for curve in drawn)
    if highest <= y.high:
        return ""
    return f" (Losses above the frame are drawn on its edge. The highest is {number(highest)}.)"


def constant(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS109: the loss, which is one value."""
    drawn, loss = training_loss(training), training.loss
    if loss is None or not drawn or finding.measured("distinct_losses") is None:
        return None
    value = float(loss.value[0])
    return EvidenceFigure(
        figure=Figure(
            title="The loss never changes", description=f"It is {number(value)}.",
            x=steps_axis(training), y=axis("loss", [value, *drawn[0].y]), curves=drawn,
        ),
        sentence=f"The loss is {number(value)} at every step: there is {number(1.0)} value.",
        decided=(("distinct_losses", float(len(np.unique(loss.value)))),),
    )  # fmt: skip


def below_zero(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS112: the loss, and zero, below which it cannot be."""
    drawn, loss = training_loss(training), training.loss
    if loss is None or not drawn or finding.measured("lowest_loss") is None:
        return None
    finite = loss.value[np.isfinite(loss.value)]
    lowest = float(finite.min()) if len(finite) else math.nan
    if not lowest < 0:
        return None
    return EvidenceFigure(
        figure=Figure(
            title="A loss below its bound", description=f"Down to {number(lowest)}.",
            x=steps_axis(training), y=axis("loss", [lowest, 0.0, *(y for curve in drawn for y in curve.y)]),
            curves=drawn, levels=(Level(y=0.0, label="lowest possible 0"),),
        ),
        sentence=f"The loss goes down to {number(lowest)}; with fitting targets and inputs it cannot be below 0.",
        decided=(("lowest_loss", lowest),),
    )  # fmt: skip
