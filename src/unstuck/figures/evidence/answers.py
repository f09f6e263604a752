"""DAT102, SPL103: the classes that the network answers, and the classes that come together in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.batches import across_pair, batches, counted, same_pair, sites
from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Level, Range
from unstuck.core.words import count, number, share
from unstuck.figures.evidence.calls import looks_axis, positions, steps_of
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, find, limit_of, numbers, same, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event

MOST_CLASSES = 10


def majority(finding: Finding, training: Training) -> EvidenceFigure | None:
    """Share of the answers beside share of the labels, class by class."""
    item = find(finding, "answers that are class")
    if item is None or finding.first_step is None:
        return None
    for phase in ("train", "eval"):
        for calls in sites(training, phase).values():
            late = [call for _, call in calls if call["step"] >= finding.first_step]
            found = _majority(finding, late)
            if found is not None and found.agrees(finding):
                return found
    return None


def _majority(finding: Finding, calls: Sequence[Event]) -> EvidenceFigure | None:
    answers, labels, _ = counted(calls)
    total, seen = sum(answers.values()), sum(labels.values())
    limit = limit_of(finding, "answers that are class")
    if not total or not seen or limit is None:
        return None
    top = answers.most_common(1)[0][0]
    often = [label for label, _ in (labels + answers).most_common()]
    kept = sorted({top, *often[:MOST_CLASSES]})
    bars = [
        Bar(name=f"class {label}", value=answers[label] / total, beside=labels[label] / seen, marked=label == top)
        for label in kept
    ]
    rest = [label for label in often if label not in kept]
    if rest:
        given, told = (sum(counts[label] for label in rest) for counts in (answers, labels))
        bars.append(Bar(name=f"{len(rest)} more", value=given / total, beside=told / seen))
    mine, theirs = answers[top] / total, labels[top] / seen
    return EvidenceFigure(
        figure=Bars(
            title="Answers and labels",
            description=f"{share(mine)} of the answers are class {top}.",
            x=Axis(label="answers and labels", unit="share", low=0.0, high=1.0),
            bars=tuple(bars),
            levels=(Level(y=limit, label=f"one class for all: {share(limit)}"),),
            groups=("answers of the network", "labels"),
        ),
        sentence=f"{share(mine)} of the last {number(total)} answers are class {top}, which {share(theirs)} of the "
        f"labels are.",
        decided=(("answers that are class", mine), ("labels that are class", theirs)),
    )


def in_order(finding: Finding, training: Training) -> EvidenceFigure | None:
    """SPL103: how alike the examples of one batch are, against those of different batches."""
    if find(finding, "excess of equal labels within a batch") is not None:
        return _classes(finding, training)
    if find(finding, "variance of targets between batches") is not None:
        return _numbers(finding, training)
    return _inputs(finding, training)


def _classes(finding: Finding, training: Training) -> EvidenceFigure | None:
    told, across = value_of(finding, "equal labels within a batch"), value_of(finding, "equal labels across batches")
    least = limit_of(finding, "excess of equal labels within a batch")
    for calls in sites(training).values():
        found = [batch for batch in batches(calls) if batch.size >= 4]
        if not found or least is None:
            continue
        within = np.array([same_pair(batch.mix) for batch in found])
        mean = float(within.mean())
        if not same(mean, told):
            continue
        bar = across + least * (1 - across)
        own = across_pair(found)
        curve = Curve(
            name="one sampled batch",
            group=0,
            x=numbers(positions(training, [batch.step for batch in found])),
            y=numbers(within),
            marked=True,
            dots=True,
            line=False,
        )
        decided = [("equal labels within a batch", mean)]
        if same(own, across):
            decided.append(("equal labels across batches", own))
        return EvidenceFigure(
            figure=Figure(
                title="Equal labels within a batch",
                description=f"{share(mean)} within, {share(across)} across.",
                x=looks_axis(training),
                y=Axis(label="pairs of one batch with equal labels", unit="share", low=0.0, high=1.12),
                curves=(curve,),
                levels=(
                    Level(y=across, label=f"drawn at random: {share(across)}"),
                    Level(y=bar, label=f"in order above {share(bar)}"),
                    Level(y=mean, label=f"mean {share(mean)}"),
                ),
            ),
            sentence=f"Two examples of one batch have equal labels in {share(mean)} of cases, two of different "
            f"batches in "
            f"{share(across)}: the batches hold what belongs together.",
            decided=tuple(decided),
        )
    return None


def _numbers(finding: Finding, training: Training) -> EvidenceFigure | None:
    low, high = value_of(finding, "lowest mean target"), value_of(finding, "highest mean target")
    for calls in sites(training).values():
        told = [call for _, call in calls if call["target"].get("std") is not None]
        means = [float(call["target"]["mean"]) for call in told]
        if means and same(min(means), low) and same(max(means), high):
            what = f"batches have mean targets from {number(low)} to {number(high)}"
            return _spread(finding, training, told, [call["target"] for call in told], "targets", what)
    return None


def _inputs(finding: Finding, training: Training) -> EvidenceFigure | None:
    events = [e for e in training.inputs if len(e["shape"]) == 2 and e.get("std")]
    if not events or find(finding, "variance of inputs between batches") is None:
        return None
    back = value_of(finding, "sampled batches that came back")
    return _spread(finding, training, events, events, "inputs", f"{number(back)} batches came back unchanged")


def _spread(
    finding: Finding, training: Training, events: Sequence[Event], told: Sequence[Event], what: str, seen: str
) -> EvidenceFigure:
    """Mean ± spread of each batch."""
    part = value_of(finding, f"variance of {what} between batches")
    drawn = tuple(
        Range(x=float(x), low=one["mean"] - one["std"], high=one["mean"] + one["std"], marked=True)
        for x, one in zip(positions(training, steps_of(events)), told, strict=True)
    )
    whole = float(np.mean([one["mean"] for one in told]))
    return EvidenceFigure(
        figure=Figure(
            title=f"The {what} batch by batch",
            description=f"{share(part)} of the variance lies between batches.",
            x=looks_axis(training),
            y=axis(f"{what} of a batch, mean ± spread", [v for one in drawn for v in (one.low, one.high)], zero=False),
            curves=(),
            ranges=drawn,
            levels=(Level(y=whole, label=f"mean of all {number(whole)}"),),
        ),
        sentence=f"At {count(len(drawn), 'sampled batch', 'sampled batches')}, {share(part)} of the variance of the "
        f"{what} lies between "
        f"batches, not within them: {seen}.",
    )
