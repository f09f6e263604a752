"""LOS104, LOS108, DAT114: the frequency of each label, and the labels that the units or the loss expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.targets import distinct_of, labels_of
from unstuck.core.figure import Axis, Bar, Bars, Column, Figure, Level, Moment, Stretch
from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.core.words import count, number
from unstuck.figures.evidence.calls import calls_of, looks_axis
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, value_of
from unstuck.figures.evidence.loss_inputs import ends, row_sum_ranges
from unstuck.record import events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.events import LossCall

SHAPES = ("label_axes", "target_columns", "logit_rows", "outputs_per_example")
"""keys of counts of axes, rows or columns: what was given and what is expected"""


def encoding(finding: Finding, training: Training) -> EvidenceFigure | None:
    """DAT114: labels that the loss does not expect."""
    for key in SHAPES:
        if finding.measured(key) is not None:
            return given_and_expected(finding, key)
    calls = calls_of(finding, training)
    if not calls:
        return None
    if finding.measured("largest_classes_per_example") is not None:
        return _several_classes(training, calls)
    counts, expected = _counts(training, calls)
    is_unused = finding.measured("labels_of_class_0") is not None
    if not counts or not expected or not (is_unused or finding.measured("labels_out_of_range")):
        return None
    marked = {0.0} if is_unused else {label for label in counts if label not in expected}
    wrong = sum(counts.get(label, 0) for label in marked)
    if not is_unused and not wrong:
        return None
    low, high = min(*counts, *expected), max(*counts, *expected)
    wanted = _listed(sorted(expected))
    sentence = (
        f"No label is 0, but the {len(expected)} units stand for {wanted}."
        if is_unused
        else f"{number(wrong)} of {number(sum(counts.values()))} labels (marked) are out of range: the loss expects "
        f"{wanted}."
    )
    return EvidenceFigure(
        figure=Figure(
            title="The labels, and those that the loss expects",
            description=f"{number(wrong)} labels are out of range.",
            x=Axis(label="label", whole=True, low=low - 1.0, high=high + 1.0),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, marked),
            stretches=_expected(expected),
        ),
        sentence=sentence,
        decided=(("labels_of_class_0" if is_unused else "labels_out_of_range", float(wrong)),),
    )


def width(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS108: labels beyond the units, or units beyond the labels."""
    for key in SHAPES:
        if finding.measured(key) is not None:
            return given_and_expected(finding, key)
    calls = [call for call in calls_of(finding, training) if call.function in LIKELIHOOD_LOSSES]
    labels = labels_of(training, calls)
    units = min((call.classes or 0 for call in calls), default=0)
    if labels is None or not units:
        return _three_labels(finding, training) or given_and_expected(finding, "num_units")
    counts = {float(label): times for label, times in labels.counts.items()}
    beyond = {label for label in counts if not 0 <= label < units}
    unused = units - len(counts)
    sentence = (
        f"{number(sum(counts[label] for label in beyond))} labels (marked) lie beyond the {number(units)} units."
        if beyond
        else f"The labels are {labels.low} to {labels.high}; {number(unused)} of the {number(units)} units are never "
        "the right class."
    )
    last_unit = Moment(x=units - 0.5, label=f"last of {number(units)} units")
    without_label = Stretch(
        low=labels.high + 0.5, high=units - 0.5, bad=True, label=f"{count(unused, 'unit')} without a label"
    )
    return EvidenceFigure(
        figure=Figure(
            title="The labels, and the units of the last layer",
            description=f"{count(units, 'unit')}, {count(len(counts), 'class', 'classes')}.",
            x=Axis(
                label="class number", whole=True, low=min(0, labels.low) - 1.0, high=max(units - 1, labels.high) + 1.0
            ),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, beyond),
            moments=(last_unit,) if beyond else (),
            stretches=() if beyond else (without_label,),
        ),
        sentence=sentence,
        decided=(("num_units", float(units)),),
    )


def _three_labels(finding: Finding, training: Training) -> EvidenceFigure | None:
    """One unit and a binary loss, three classes or more."""
    counts, _ = _counts(training, calls_of(finding, training))
    if len(counts) < 3 or value_of(finding, "num_units") != 1.0:
        return None
    return EvidenceFigure(
        figure=Figure(
            title="The labels of one unit",
            description=f"{len(counts)} different ones.",
            x=Axis(label="label", whole=True, low=min(counts) - 1.0, high=max(counts) + 1.0),
            y=axis("examples", counts.values()),
            curves=(),
            columns=_columns(counts, {label for label in counts if label not in (0.0, 1.0)}),
            stretches=(Stretch(low=-0.5, high=1.5, label="expected: 0 and 1"),),
        ),
        sentence=f"{len(counts)} different labels occur; 1 unit with a binary loss has 2 classes, 0 and 1.",
    )


def regressed(finding: Finding, training: Training) -> EvidenceFigure | None:
    """LOS104: class numbers as targets of a regression, each about as frequent as the others."""
    most = limit_of(finding, "largest_class_ratio")
    if most is None:
        return None
    for counts in _regressed_targets(finding, training):
        classes, total = len(counts), sum(counts.values())
        ratios = {label: times * classes / total for label, times in sorted(counts.items())}
        largest = max(ratios.values())
        figure = EvidenceFigure(
            figure=Figure(
                title="The targets of the regression",
                description=f"{classes} integers.",
                x=Axis(label="target", whole=True, low=min(counts) - 1.0, high=max(counts) + 1.0),
                y=axis("count / mean count", [most, *ratios.values()]),
                curves=(),
                columns=tuple(Column(x=label, y=ratio, marked=True) for label, ratio in ratios.items()),
                levels=(Level(y=1.0, label="mean count"), Level(y=most, label=f"even up to {number(most)}")),
            ),
            sentence=f"All {number(total)} targets are one of {classes} integers, and each integer is about as "
            f"frequent as the others (the most frequent has {number(largest)} × the mean count): the targets look like "
            "class numbers.",
            decided=(("distinct_targets", float(classes)), ("largest_class_ratio", largest)),
        )
        if figure.agrees(finding):
            return figure
    return None


def _regressed_targets(finding: Finding, training: Training) -> list[Mapping[float, int]]:
    """The targets that the rule may have judged: with the held-out ones, without them, those of a data loader."""
    calls = calls_of(finding, training)
    if not calls:
        loaders = training.part.of(events.Loader)
        return [{float(k): n for k, n in loader.labels.items()} for loader in loaders if loader.labels]
    held_out = [call for call in training.loss_calls if call.phase == "eval" and call.function == calls[0].function]
    candidates = (distinct_of([*calls, *held_out]), distinct_of(calls))
    return [counts for counts in candidates if counts]


def given_and_expected(finding: Finding, key: str) -> EvidenceFigure | None:
    """A count that was given and the one that is expected, as the call that raised reports them."""
    item = finding.measured(key)
    if item is None or item.threshold is None:
        return None
    bars = (
        Bar(name="given", value=item.value, marked=True, note=number(item.value)),
        Bar(name="expected", value=item.threshold, note=number(item.threshold)),
    )
    return EvidenceFigure(
        figure=Bars(
            title=item.label,
            description=f"{number(item.value)} instead of {number(item.threshold)}.",
            x=axis(item.label, [item.value, item.threshold]),
            bars=bars,
        ),
        sentence=f"{item.label.capitalize()}: {number(item.value)} given, {number(item.threshold)} expected.",
        decided=((key, item.value),),
    )


def _several_classes(training: Training, calls: Sequence[LossCall]) -> EvidenceFigure | None:
    ranges = row_sum_ranges(training, calls)
    first = next((drawn.high for drawn in ranges if drawn.high > 1.5), None)
    if first is None:
        return None
    highest = max(ends(ranges))
    return EvidenceFigure(
        figure=Figure(
            title="Classes of one example",
            description=f"Up to {number(highest)}.",
            x=looks_axis(training),
            y=axis("classes of one example", [drawn.high for drawn in ranges]),
            curves=(),
            ranges=ranges,
            levels=(Level(y=1.0, label="one class per example"),),
        ),
        sentence=f"Single examples have up to {number(highest)} classes; this loss expects one.",
        decided=(("largest_classes_per_example", first),),
    )


def _counts(training: Training, calls: Sequence[LossCall]) -> tuple[dict[float, int], tuple[float, ...]]:
    """How often each label occurs, and the labels that the loss expects."""
    function = calls[0].function if calls else ""
    if function in LIKELIHOOD_LOSSES:
        labels = labels_of(training, calls)
        units = max((call.classes or 0 for call in calls), default=0)
        counts = {float(label): times for label, times in labels.counts.items()} if labels is not None else {}
        return counts, tuple(map(float, range(units)))
    seen = distinct_of([call for call in calls if call.target.min is not None])
    return dict(seen or {}), (-1.0, 1.0) if function == "soft_margin_loss" else (0.0, 1.0)


def _columns(counts: Mapping[float, int], marked: set[float]) -> tuple[Column, ...]:
    return tuple(Column(x=label, y=float(times), marked=label in marked) for label, times in sorted(counts.items()))


def _expected(labels: Sequence[float]) -> tuple[Stretch, ...]:
    """One stretch for consecutive labels; otherwise one for each."""
    if tuple(labels) == tuple(map(float, range(len(labels)))):
        return (Stretch(low=-0.5, high=labels[-1] + 0.5, label=f"expected: {_listed(labels)}"),)
    return tuple(Stretch(low=label - 0.5, high=label + 0.5, label=f"expected: {number(label)}") for label in labels)


def _listed(labels: Sequence[float]) -> str:
    if len(labels) > 2:
        return f"{number(labels[0])} to {number(labels[-1])}"
    return " and ".join(map(number, labels))
