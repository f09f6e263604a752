"""LOS104, LOS108, DAT114: how often each label occurs, against the numbers that units or losses stand for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.analysis.run.targets import distinct_of, labels_of
from unstuck.core.figure import Axis, Bar, Bars, Column, Figure, Level, Moment, Range, Stretch
from unstuck.core.words import count, number
from unstuck.figures.evidence.calls import calls_of, looks_axis, positions, steps_of
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, find, limit_of, value_of
from unstuck.record import events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event

CLASS_LOSSES = ("cross_entropy", "nll_loss")
SHAPES = (
    "axes of the labels",
    "axes of the targets",
    "columns of the targets",
    "rows of scores",
    "outputs for each example",
)
"""quantities that are counts of axes, rows or columns: what was given and what was wanted"""


def encoding(finding: Finding, training: Training) -> EvidenceFigure | None:
    """DAT114: labels where the loss has no number for them."""
    for name in SHAPES:
        if find(finding, name) is not None:
            return given_and_wanted(finding, name)
    calls = calls_of(finding, training)
    if not calls:
        return None
    if find(finding, "classes of one example") is not None:
        return _several_at_once(training, calls)
    counts, allowed = _counts(training, calls)
    if not counts or not allowed:
        return None
    unused = find(finding, "labels of class 0") is not None
    marked = {0.0} if unused else {label for label in counts if label not in allowed}
    wrong = sum(counts.get(label, 0) for label in marked)
    if not unused and not wrong:
        return None
    name = next(item.label for item in finding.evidence)
    low, high = min(*counts, *allowed), max(*counts, *allowed)
    wanted = _listed(sorted(allowed))
    said = (
        f"No label is 0, though the {len(allowed)} units stand for {wanted}"
        if unused
        else f"{number(wrong)} of {number(sum(counts.values()))} labels (marked) are not among {wanted}"
    )
    return EvidenceFigure(
        figure=Figure(
            title="The labels, and those that the loss knows",
            description=f"{number(wrong)} labels are out of range.",
            x=Axis(label="label", whole=True, low=low - 1.0, high=high + 1.0),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, marked),
            stretches=_allowed(allowed),
        ),
        sentence=f"{said}, the numbers that the loss knows.",
        decided=((name, float(wrong)),),
    )


def width(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS108: labels beyond the units, or units beyond the labels."""
    for name in SHAPES:
        if find(finding, name) is not None:
            return given_and_wanted(finding, name)
    calls = [call for call in calls_of(finding, training) if call.get("function") in CLASS_LOSSES]
    told = labels_of(training, calls)
    units = min((int(call.get("classes", 0)) for call in calls), default=0)
    if told is None or not units:
        return _yes_or_no(finding, training) or given_and_wanted(finding, "units of the last layer")
    counts = {float(label): n for label, n in told.counts.items()}
    beyond = {label for label in counts if not 0 <= label < units}
    high = max(units - 1, told.high)
    idle = units - len(counts)
    ends = Moment(x=units - 0.5, label=f"{number(units)} units end here")
    spare = Stretch(
        low=told.high + 0.5,
        high=units - 0.5,
        bad=True,
        label=f"{count(idle, 'unit')} that no label asks for",
    )
    said = (
        f"{number(sum(told.counts[int(label)] for label in beyond))} labels (marked) lie beyond the {number(units)} "
        f"units"
        if beyond
        else f"The labels are {told.low} to {told.high}; of the {number(units)} units, {number(idle)} never are the "
        f"answer"
    )
    return EvidenceFigure(
        figure=Figure(
            title="The labels, and the units of the last layer",
            description=f"{units} units, {len(counts)} classes.",
            x=Axis(label="class number", whole=True, low=min(0, told.low) - 1.0, high=high + 1.0),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, beyond),
            moments=(ends,) if beyond else (),
            stretches=() if beyond else (spare,),
        ),
        sentence=f"{said}.",
        decided=(("units of the last layer", float(units)),),
    )


def _yes_or_no(finding: Finding, training: Training) -> EvidenceFigure | None:
    """One unit and a binary loss, three classes or more."""
    counts, _ = _counts(training, calls_of(finding, training))
    if len(counts) < 3 or value_of(finding, "units of the last layer") != 1.0:
        return None
    low, high = min(counts), max(counts)
    return EvidenceFigure(
        figure=Figure(
            title="The labels of one unit",
            description=f"{len(counts)} different ones.",
            x=Axis(label="label", whole=True, low=low - 1.0, high=high + 1.0),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, {label for label in counts if label not in (0.0, 1.0)}),
            stretches=(Stretch(low=-0.5, high=1.5, label="no and yes"),),
        ),
        sentence=f"{len(counts)} different labels occur; 1 unit with a binary loss tells 0 from 1.",
    )


def regressed(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS104: class numbers as targets of a regression, each about as frequent as the others."""
    calls = calls_of(finding, training)
    function = calls[0]["function"] if calls else None
    held_out = [c for c in training.loss_calls if c.get("phase") == "eval" and c.get("function") == function]
    most = limit_of(finding, "most frequent target, times the even share")
    told: list[Mapping[float, int] | None] = [distinct_of(both) for both in ([*calls, *held_out], calls) if both]
    told += [_loader(event) for event in training.part.of(events.Loader) if event.get("labels") and not calls]
    for counts in told:
        if not counts or most is None:
            continue
        classes, total = len(counts), sum(counts.values())
        largest = max(counts.values()) * classes / total
        y = axis("times the even share", [most, *(n * classes / total for n in counts.values())])
        found = EvidenceFigure(
            figure=Figure(
                title="The targets of the regression",
                description=f"{classes} whole numbers.",
                x=Axis(label="target", whole=True, low=min(counts) - 1.0, high=max(counts) + 1.0),
                y=y,
                curves=(),
                columns=tuple(Column(x=v, y=n * classes / total, marked=True) for v, n in sorted(counts.items())),
                levels=(Level(y=1.0, label="even share"), Level(y=most, label=f"even up to {number(most)}")),
            ),
            sentence=f"All {number(total)} targets are one of {classes} whole numbers, each about as frequent as the "
            f"others (the "
            f"most frequent has {number(largest)} times the even share): names of classes, not amounts.",
            decided=(("distinct targets", float(classes)), ("most frequent target, times the even share", largest)),
        )
        if found.agrees(finding):
            return found
    return None


def given_and_wanted(finding: Finding, name: str) -> EvidenceFigure | None:
    """A count that was given and the one that was wanted, as the refused call tells them."""
    item = find(finding, name)
    if item is None or item.threshold is None:
        return None
    bars = (
        Bar(name="given", value=item.value, marked=True, note=number(item.value)),
        Bar(name="wanted", value=item.threshold, note=number(item.threshold)),
    )
    return EvidenceFigure(
        figure=Bars(
            title=name,
            description=f"{number(item.value)} in place of {number(item.threshold)}.",
            x=axis(name, [item.value, item.threshold]),
            bars=bars,
        ),
        sentence=f"{name.capitalize()}: {number(item.value)} were given, {number(item.threshold)} are wanted.",
        decided=((name, item.value),),
    )


def _several_at_once(training: Training, calls: Sequence[Event]) -> EvidenceFigure | None:
    told = [call for call in calls if call.get("target_row_sum")]
    if not told:
        return None
    drawn = tuple(
        Range(x=float(x), low=call["target_row_sum"][0], high=call["target_row_sum"][1], marked=True)
        for x, call in zip(positions(training, steps_of(told)), told, strict=True)
    )
    top = max(one.high for one in drawn)
    return EvidenceFigure(
        figure=Figure(
            title="Classes of one example",
            description=f"Up to {number(top)}.",
            x=looks_axis(training),
            y=axis("classes of one example", [one.high for one in drawn]),
            curves=(),
            ranges=drawn,
            levels=(Level(y=1.0, label="one class for each example"),),
        ),
        sentence=f"Single examples have up to {number(top)} classes at once; this loss wants one.",
    )


def _counts(training: Training, calls: Sequence[Event]) -> tuple[dict[float, int], tuple[float, ...]]:
    """How often each label occurs, and the labels that the loss knows."""
    function = str(calls[0].get("function")) if calls else ""
    if function in CLASS_LOSSES:
        told = labels_of(training, calls)
        units = max((int(call.get("classes", 0)) for call in calls), default=0)
        return ({float(k): n for k, n in told.counts.items()} if told else {}), tuple(map(float, range(units)))
    seen = distinct_of([call for call in calls if call["target"].get("min") is not None])
    return dict(seen or {}), (-1.0, 1.0) if function == "soft_margin_loss" else (0.0, 1.0)


def _loader(event: Event) -> dict[float, int]:
    return {float(label): int(n) for label, n in event["labels"].items()}


def _columns(counts: Mapping[float, int], marked: set[float]) -> tuple[Column, ...]:
    return tuple(Column(x=label, y=float(n), marked=label in marked) for label, n in sorted(counts.items()))


def _allowed(allowed: Sequence[float]) -> tuple[Stretch, ...]:
    """One stretch where they follow each other; else one for each."""
    if allowed == tuple(map(float, range(len(allowed)))):
        label = f"known: 0 to {len(allowed) - 1}" if len(allowed) > 2 else "known: 0 and 1"
        return (Stretch(low=-0.5, high=allowed[-1] + 0.5, label=label),)
    return tuple(Stretch(low=one - 0.5, high=one + 0.5, label=f"known: {number(one)}") for one in allowed)


def _listed(values: Sequence[float]) -> str:
    if len(values) > 2:
        return f"{number(values[0])} to {number(values[-1])}"
    return " and ".join(map(number, values)) if values and math.isfinite(values[0]) else ""
