"""DAT102, SPL103: the classes that a network predicts, and the labels within a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.batches import batches, call_sites, recognition, same_class_across, same_class_within
from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Level, Range
from unstuck.core.words import count, number, share
from unstuck.figures.evidence.calls import looks_axis, positions, steps_of
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, numbers, same, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.events import LossCall, TensorFacts

MOST_CLASSES = 10
SMALLEST_BATCH = 4
"""examples below which a batch gives too few pairs"""


def majority(finding: Finding, training: Training) -> EvidenceFigure | None:
    """DAT102: share of the predictions beside share of the labels, class by class."""
    if finding.measured("prediction_share") is None or finding.first_step is None:
        return None
    for phase in ("train", "eval"):
        for sampled in call_sites(training, phase).values():
            late = [call for _, call in sampled if call.step >= finding.first_step]
            figure = _majority(finding, late)
            if figure is not None and figure.agrees(finding):
                return figure
    return None


def _majority(finding: Finding, calls: Sequence[LossCall]) -> EvidenceFigure | None:
    predicted, labels, _ = recognition(calls)
    num_predictions, num_labels = predicted.total(), labels.total()
    limit = limit_of(finding, "prediction_share")
    if not num_predictions or not num_labels or limit is None:
        return None
    top = predicted.most_common(1)[0][0]
    by_frequency = [label for label, _ in (labels + predicted).most_common()]
    kept = sorted({top, *by_frequency[:MOST_CLASSES]})
    bars = [
        Bar(
            name=f"class {label}",
            value=predicted[label] / num_predictions,
            beside=labels[label] / num_labels,
            marked=label == top,
        )
        for label in kept
    ]
    rest = [label for label in by_frequency if label not in kept]
    if rest:
        of_predictions, of_labels = (sum(counts[label] for label in rest) for counts in (predicted, labels))
        name = count(len(rest), "more class", "more classes")
        bars.append(Bar(name=name, value=of_predictions / num_predictions, beside=of_labels / num_labels))
    prediction_share, label_share = predicted[top] / num_predictions, labels[top] / num_labels
    return EvidenceFigure(
        figure=Bars(
            title="Predictions and labels",
            description=f"{share(prediction_share)} of the predictions are class {top}.",
            x=Axis(label="predictions and labels", unit="share", low=0.0, high=1.0),
            bars=tuple(bars),
            levels=(Level(y=limit, label=f"one class for all: {share(limit)}"),),
            groups=("predictions", "labels"),
        ),
        sentence=f"{share(prediction_share)} of the last {number(num_predictions)} predictions are class {top}, but "
        f"only {share(label_share)} of the labels.",
        decided=(("prediction_share", prediction_share), ("label_share", label_share)),
    )


def in_order(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SPL103: how similar the examples of one batch are, compared with those of different batches."""
    if finding.measured("same_class_excess") is not None:
        return _classes(finding, training)
    if finding.measured("target_variance_between") is not None:
        return _targets(finding, training)
    return _inputs(finding, training)


def _classes(finding: Finding, training: Training) -> EvidenceFigure | None:
    reported, across = value_of(finding, "same_class_within"), value_of(finding, "same_class_across")
    least = limit_of(finding, "same_class_excess")
    for sampled in call_sites(training).values():
        large = [batch for batch in batches(sampled) if batch.size >= SMALLEST_BATCH]
        if not large or least is None:
            continue
        within = np.array([same_class_within(batch.classes) for batch in large])
        mean = float(within.mean())
        if not same(mean, reported):
            continue
        bar = across + least * (1 - across)
        curve = Curve(
            name="a sampled batch",
            group=0,
            x=numbers(positions(training, [batch.step for batch in large])),
            y=numbers(within),
            marked=True,
            dots=True,
            line=False,
        )
        decided = [("same_class_within", mean)]
        own = same_class_across(large)
        if same(own, across):
            decided.append(("same_class_across", own))
        return EvidenceFigure(
            figure=Figure(
                title="Equal labels within a batch",
                description=f"{share(mean)} within, {share(across)} across.",
                x=looks_axis(training),
                y=Axis(label="pairs of one batch with equal labels", unit="share", low=0.0, high=1.12),
                curves=(curve,),
                levels=(
                    Level(y=across, label=f"random batches: {share(across)}"),
                    Level(y=bar, label=f"sorted above {share(bar)}"),
                    Level(y=mean, label=f"mean {share(mean)}"),
                ),
            ),
            sentence=f"Two examples of one batch have equal labels in {share(mean)} of pairs, two examples of "
            f"different batches in {share(across)}.",
            decided=tuple(decided),
        )
    return None


def _targets(finding: Finding, training: Training) -> EvidenceFigure | None:
    low, high = value_of(finding, "lowest_target_mean"), value_of(finding, "highest_target_mean")
    for sampled in call_sites(training).values():
        calls = [call for _, call in sampled if call.target.moments is not None]
        means = [moments[0] for call in calls if (moments := call.target.moments)]
        if means and same(min(means), low) and same(max(means), high):
            note = f"The mean target of a batch is between {number(low)} and {number(high)}."
            values = [call.target for call in calls]
            return _spread(finding, "target_variance_between", training, steps_of(calls), values, "targets", note)
    return None


def _inputs(finding: Finding, training: Training) -> EvidenceFigure | None:
    inputs = [event for event in training.inputs if len(event.values.shape or ()) == 2 and event.values.std]
    if not inputs or finding.measured("input_variance_between") is None:
        return None
    note = f"{number(value_of(finding, 'num_repeated'))} batches came back unchanged."
    values = [event.values for event in inputs]
    return _spread(finding, "input_variance_between", training, steps_of(inputs), values, "inputs", note)


def _spread(
    finding: Finding, key: str, training: Training, steps: Sequence[float], values: Sequence[TensorFacts], what: str,
    note: str,
) -> EvidenceFigure:  # fmt: skip
    """Mean ± standard deviation of each batch."""
    between = value_of(finding, key)
    moments = [tensor.moments or (0.0, 0.0) for tensor in values]
    ranges = tuple(
        Range(x=float(x), low=mean - std, high=mean + std, marked=True)
        for x, (mean, std) in zip(positions(training, steps), moments, strict=True)
    )
    whole = float(np.mean([mean for mean, _ in moments]))
    ends = [end for drawn in ranges for end in (drawn.low, drawn.high)]
    return EvidenceFigure(
        figure=Figure(
            title=f"The {what} batch by batch",
            description=f"{share(between)} of the variance lies between batches.",
            x=looks_axis(training),
            y=axis(f"{what} of a batch, mean ± standard deviation", ends, zero=False),
            curves=(),
            ranges=ranges,
            levels=(Level(y=whole, label=f"mean of all {number(whole)}"),),
        ),
        sentence=f"{share(between)} of the variance of the {what} lies between batches "
        f"({count(len(ranges), 'sampled batch', 'sampled batches')}). {note}",
    )
