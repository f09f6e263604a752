"""How well a model does: beside others, class by class, by confidence, by coverage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.analysis.model.metrics import METRICS
from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Range
from unstuck.core.words import count, number, share
from unstuck.record.events.model.numbers import Abstaining, Calibration, ClassScore, Compared, MetricScore

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView

MOST_CLASSES = 20
NETWORK = "the network"


def compared_bars(view: ModelView, *, marked: bool = False) -> Bars | None:
    """The deciding metric of the network, of a constant, and of everything that it was compared with.

    Args:
        view: of the model.
        marked: the network is what a finding is about.
    """
    score = view.score(view.about.metric)
    others = [one for one in view.of(Compared) if not one.skipped and one.metric == view.about.metric]
    if score is None or (not others and score.constant is None):
        return None
    bars = [_bar(score, marked=marked)]
    if score.constant is not None:
        bars.append(Bar(name="best constant", value=max(0.0, score.constant), note=_short(score.constant)))
    bars += [Bar(name=one.against, value=max(0.0, one.other), note=_short(one.other)) for one in others]
    high = max(bar.high or bar.value for bar in bars)
    meaning = METRICS[score.metric]
    return Bars(
        title=f"{meaning.title[:1].upper()}{meaning.title[1:]} on the same examples",
        description=f"{meaning.meaning[:1].upper()}{meaning.meaning[1:]}.",
        x=Axis(label=meaning.title, low=0.0, high=1.0 if meaning.bounded else high or 1.0), bars=tuple(bars),
    )  # fmt: skip


def _bar(score: MetricScore, *, marked: bool) -> Bar:
    return Bar(
        name=NETWORK, value=max(0.0, score.value), low=score.low, high=score.high, note=_short(score.value),
        marked=marked,
    )  # fmt: skip


def _short(value: float) -> str:
    return number(float(f"{value:.3g}"))


def class_recalls(view: ModelView) -> Bars | None:
    """Recall of each class with its interval, the worst first."""
    known = sorted((one for one in view.of(ClassScore) if one.recall is not None), key=lambda one: one.recall or 0.0)
    if not known:
        return None
    bars = tuple(
        Bar(name=one.label, value=one.recall or 0.0, low=one.recall_low, high=one.recall_high,
            note=f"{share(one.recall or 0.0)} of {number(one.count)}")
        for one in known[:MOST_CLASSES]
    )  # fmt: skip
    more = f" The {count(len(known) - MOST_CLASSES, 'best class', 'best classes')} are left out." if (
        len(known) > MOST_CLASSES) else ""  # fmt: skip
    return Bars(
        title="Recall of the classes", description=f"The worst first, with 95 % intervals.{more}",
        x=Axis(label="recall", low=0.0, high=1.0), bars=bars,
    )


def reliability_diagram(view: ModelView) -> Figure | None:
    """Accuracy by confidence, in bins of equal mass."""
    event = view.one(Calibration)
    if event is None:
        return None
    low = math.floor(10 * min(*event.bin_confidence, *event.bin_accuracy, 0.95)) / 10
    ranges = tuple(
        Range(x=x, low=a, high=b, group=0)
        for x, a, b in zip(event.bin_confidence, event.bin_low, event.bin_high, strict=True)
    )
    return Figure(
        title="Confidence and accuracy",
        description=f"{count(event.bins, 'bin')} of equal mass with 95 % intervals: below the dashed line the network "
        "is over-confident, above it under-confident.",
        x=Axis(label="confidence", low=low, high=1.0),
        y=Axis(label="accuracy", low=min(low, min(event.bin_low)), high=1.0),
        curves=(
            Curve(name="the network", group=0, x=event.bin_confidence, y=event.bin_accuracy, dots=True),
            Curve(name="confidence = accuracy", group=1, x=(low, 1.0), y=(low, 1.0), dashed=True),
        ),
        ranges=ranges,
    )  # fmt: skip


def coverage_curve(view: ModelView) -> Figure | None:
    """Accuracy of the most confident examples against their share."""
    event = view.one(Abstaining)
    if event is None or len(event.coverage) < 2:
        return None
    return Figure(
        title="Coverage against accuracy",
        description="Only the most confident examples are predicted; the others are left to a person.",
        x=Axis(label="share of the examples that is predicted", low=0.0, high=1.0),
        y=Axis(label="accuracy of these", low=max(0.0, min(event.low) - 0.02), high=1.0),
        curves=(Curve(name="the network", group=0, x=event.coverage, y=event.accuracy, dots=True),),
        ranges=tuple(
            Range(x=x, low=low, high=high) for x, low, high in zip(event.coverage, event.low, event.high, strict=True)
        ),
    )  # fmt: skip


def constant_bars(view: ModelView) -> Bars | None:
    """Every metric that lies between 0 and 1: of the network, beside the best constant."""
    known = [
        one for one in view.of(MetricScore)
        if METRICS[one.metric].bounded and METRICS[one.metric].higher_is_better and one.constant is not None
    ]
    if not known:
        return None
    return Bars(
        title="What a constant prediction scores",
        description="A metric that a constant satisfies says little about the network.",
        x=Axis(label="score", low=0.0, high=1.0), groups=(NETWORK, "best constant"),
        bars=tuple(Bar(name=METRICS[one.metric].title, value=one.value, beside=one.constant or 0.0,
                       note=_short(one.value)) for one in known),
    )  # fmt: skip


