"""The training loss against what it was held to: its beginning, the constant answer, a floor, a bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Band, Bar, Bars, Curve, Figure, Level, Moment, Point
from unstuck.core.words import number, share
from unstuck.figures.evidence.curve import cut, near, step_of, training_loss
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, value_of
from unstuck.figures.learning_curve import LARGEST, span, steps_axis
from unstuck.figures.reduce import columns_of
from unstuck.record import events

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding

FLOOR = "lowest reachable"
"""how the evidence of a floor begins"""


def flat(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV101: the loss, where it began, where it ends, and how low it would have to be."""
    drawn = training_loss(training)
    first, last = value_of(finding, "loss at the beginning"), value_of(finding, "loss at the end")
    least = limit_of(finding, "fall of the loss")
    if not drawn or least is None or not math.isfinite(first + last):
        return None
    y = near(drawn, (first, last, first - least))
    levels = (
        Level(y=first, label=f"beginning {number(first)}"),
        Level(y=last, label=f"end {number(last)}"),
        Level(y=first - least, label=f"a fall would reach {number(first - least)}"),
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
        sentence=f"The loss ends at {number(last)}, where it began ({number(first)}): "
        f"a fall beyond noise would have brought it below {number(first - least)}.",
    )


def above_trivial(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV110: the loss against that of the constant answer."""
    drawn = training_loss(training)
    last, constant = value_of(finding, "loss at the end"), value_of(finding, "loss of the constant answer")
    better = limit_of(finding, "loss at the end")
    if not drawn or better is None or not math.isfinite(last + constant):
        return None
    y = near(drawn, (last, constant, better))
    levels = (
        Level(y=constant, label=f"constant answer {number(constant)}"),
        Level(y=last, label=f"end {number(last)}"),
        Level(y=better, label=f"better than it: below {number(better)}"),
    )
    return EvidenceFigure(
        figure=Figure(
            title="The loss against the constant answer",
            description=f"End {number(last)}, constant {number(constant)}.",
            x=steps_axis(training),
            y=y,
            curves=cut(drawn, y),
            levels=levels,
        ),
        sentence=f"The loss ends at {number(last)}; one answer for every example, without looking at it, "
        f"scores {number(constant)}.{_above(drawn, y)}",
    )


def diverging(finding: Finding, training: Training) -> EvidenceFigure | None:
    """CRV107: the loss, where it began, how high it may end, and where it stops being a number."""
    drawn = training_loss(training)
    first, last = value_of(finding, "loss at the beginning"), value_of(finding, "loss at the end")
    most = limit_of(finding, "loss at the end")
    if not drawn or most is None or not math.isfinite(first):
        return None
    levels = (
        Level(y=first, label=f"beginning {number(first)}"),
        Level(y=most, label=f"diverged above {number(most)}"),
    )
    values = [y for curve in drawn for y in curve.y] + [first, most]
    broken = _broken(training)
    since = finding.first_step
    moments = (Moment(x=step_of(training, since), label=f"step {since}"),) if since is not None else ()
    ends = f"ends at {number(last)}" if math.isfinite(last) else "is no number from there on"
    when = "The loss" if since is None else f"At step {number(since)} the loss"
    points = (
        () if broken or not math.isfinite(last) else (Point(x=drawn[-1].x[-1], y=last, label=f"end {number(last)}"),)
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
            not_numbers=broken,
            points=points,
        ),
        sentence=f"{when} leaves its beginning, {number(first)}, upwards and {ends}.",
    )


def not_a_number(finding: Finding, training: Training) -> EvidenceFigure | None:
    """NUM101: the loss up to the first value that is none, which is marked."""
    drawn = training_loss(training)
    loss = training.loss
    if loss is None or not _broken(training):
        return None
    bad = np.flatnonzero(~np.isfinite(loss.value))
    first = int(loss.index[bad[0]])
    before = loss.value[: bad[0]]
    layer = f", in {finding.place.layer}" if finding.place.layer else ""
    decided = [("first step with a loss that is not finite", float(first))]
    points: tuple[Point, ...] = ()
    if len(before) and math.isfinite(float(before[-1])) and abs(float(before[-1])) < LARGEST:
        decided.append(("last finite loss before", float(before[-1])))
        at = step_of(training, int(loss.index[bad[0] - 1]))
        points = (Point(x=at, y=float(before[-1]), label=f"last number {number(float(before[-1]))}"),)
    if not drawn:
        return None
    y = axis("loss", [value for curve in drawn for value in curve.y])
    rest = f"{share(value_of(finding, 'losses not finite from there on'))} of the losses from there on are none"
    return EvidenceFigure(
        figure=Figure(
            title="Where the loss stops being a number",
            description=f"First at step {first}.",
            x=steps_axis(training),
            y=y,
            curves=drawn,
            moments=(Moment(x=step_of(training, first), label=f"step {number(first)}{layer}"),),
            not_numbers=_broken(training),
            points=points,
        ),
        sentence=f"The loss is no number for the first time at step {number(first)}{layer}; {rest}.",
        decided=tuple(decided),
    )


def at_the_edge(_: Finding, training: Training) -> EvidenceFigure | None:
    """NUM101 where no loss was a number: the values of the first operation, and those beyond its range."""
    told = next(iter(training.of(events.Nonfinite)), {})
    beyond, whole = told.get("count"), told.get("of")
    if not beyond or not whole or not told.get("op"):
        return None
    where = f" in {told['layer']}" if told.get("layer") else ""
    bars = (
        Bar(name=f"values of {told['op']}{where}", value=float(whole), note=number(whole)),
        Bar(name="beyond its range", value=float(beyond), marked=True, note=number(beyond)),
    )
    return EvidenceFigure(
        figure=Bars(
            title="The first operation beyond its range",
            description=f"{beyond} of {whole} values.",
            x=axis(f"values of {told['op']}{where} at step {number(float(told['step']))}", [whole]),
            bars=bars,
        ),
        sentence=f"No loss was a number. At step {number(float(told['step']))}, {number(beyond)} of {number(whole)} "
        f"values of "
        f"{told['op']}{where} are beyond its range.",
        decided=((f"values of {told['op']} at the edge", float(beyond)),),
    )


def on_a_floor(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS101, LOS102: the loss above the lowest that two activations leave open."""
    drawn = training_loss(training)
    floor = _floor(finding, training)
    last = value_of(finding, "loss at the end")
    if not drawn or floor is None or not math.isfinite(last):
        return None  # a loss in another unit than the floor's
    value = floor
    points = (Point(x=drawn[-1].x[-1], y=last, label=f"end {number(last)}"),)
    values = [y for curve in drawn for y in curve.y]
    y = Axis(label="loss", unit="nat", low=0.0, high=max(values) * 1.12)
    band = Band(low=0.0, high=value, label="out of reach, whatever the network learns", bad=True)
    return EvidenceFigure(
        figure=Figure(
            title="A floor under the loss",
            description=f"No lower than {number(value)}.",
            x=steps_axis(training),
            y=y,
            curves=drawn,
            bands=(band,),
            levels=(Level(y=value, label=f"lowest reachable {number(value)}"),),
            points=points,
        ),
        sentence=f"The loss ends at {number(last)} and cannot get below {number(value)}: all between that and 0 is "
        f"out of "
        "reach.",
        decided=((FLOOR, value),),
    )


def _floor(finding: Finding, training: Training) -> float | None:
    """Softmax of probabilities by the number of classes, sigmoid of one by the share of positive targets."""
    told = value_of(finding, FLOOR)
    if not math.isfinite(told):
        return None
    classes = [
        int(call["classes"]) for call in training.loss_calls if call.get("phase") == "train" and call.get("classes")
    ]
    if finding.code == "LOS101" and classes:
        return math.log1p((classes[0] - 1) / math.e)
    share = value_of(finding, "share of positive targets")
    if math.isfinite(share):
        return share * math.log1p(math.exp(-1.0)) + (1 - share) * math.log(2.0)
    return told


def beyond_bound(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS106 for a loss written by hand: an error larger than the output's range allows."""
    drawn = training_loss(training)
    loss = training.loss
    bound, largest = limit_of(finding, "largest mean error"), value_of(finding, "largest mean error")
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
        sentence=f"An error of {number(top)} is more than the {number(bound)} that are possible while all targets lie "
        "within the range of the output.",
        decided=(("largest mean error", top),),
    )


def _broken(training: Training) -> tuple[float, ...]:
    """Positions of losses that are no number."""
    loss = training.loss
    if loss is None:
        return ()
    bad = loss.index[~(np.abs(loss.value) < LARGEST)].astype(np.float64) - span(training)[0]
    return tuple(columns_of(bad).tolist())


def _above(drawn: tuple[Curve, ...], y: Axis) -> str:
    """That some values lie beyond the figure, where they do."""
    highest = max(max(curve.y) for curve in drawn)
    if highest <= y.high:
        return ""
    return f" (Losses above the frame are drawn on its edge; the highest is {number(highest)}.)"
