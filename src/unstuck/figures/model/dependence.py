"""What predictions depend on: attributes of the input, distance from the training data, small steps, stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.model.metrics import METRICS
from unstuck.core.figure import Axis, Bar, Bars, Curve, Figure, Level, Moment
from unstuck.core.words import number, share
from unstuck.record.events.model.robustness import (
    AdversarialAccuracy,
    FollowedAttribute,
    OutsideRange,
    PushedInputs,
    StageError,
)

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView


def followed_bars(view: ModelView, marked: float | None = None) -> Bars | None:
    """How often predictions become those of the example that gives an attribute; beside it what the edit alone does.

    Args:
        view: of the model.
        marked: the share that a finding is about.
    """
    events = sorted(view.of(FollowedAttribute), key=lambda one: one.control - one.followed)
    if not events:
        return None
    bars = tuple(
        Bar(name=one.attribute, value=one.followed, beside=one.control, marked=one.followed == marked,
            note=share(one.followed))
        for one in events
    )  # fmt: skip
    return Bars(
        title="Attributes that predictions follow",
        description="Each example gets one attribute of another one, which is predicted otherwise: the share that is "
        "then predicted as that other.",
        x=Axis(label="share of the examples", low=0.0, high=1.0), bars=bars,
        groups=("given by an example of another class", "given by one that is predicted alike"),
    )  # fmt: skip


def distance_curve(event: OutsideRange) -> Figure:
    """Accuracy and confidence by the distance from the middle of the training data."""
    far = max((*event.bin_distance, 1.0))
    curves = (
        Curve(name="mean confidence", group=0, x=event.bin_distance, y=event.bin_confidence, dots=True),
        Curve(name="accuracy", group=1, x=event.bin_distance, y=event.bin_accuracy, dots=True),
    )
    return Figure(
        title=f"Distance from the training data in {event.along}",
        description=f"Held-out examples in bins of equal size; 1 is the end of the range that holds 99 % of the "
        f"training data. {number(event.outside)} of {number(event.outside + event.inside)} lie outside.",
        x=Axis(label="distance from the median", low=0.0, high=1.05 * far, unit="widths of half the range"),
        y=Axis(label="share", low=_floor(*event.bin_confidence, *event.bin_accuracy), high=1.0), curves=curves,
        moments=(Moment(x=1.0, label="end of the training range"),),
    )  # fmt: skip


def distance_figure(view: ModelView) -> Figure | None:
    """Of the distance in all together; None without training data."""
    event = next(iter(view.of(OutsideRange)), None)
    return None if event is None else distance_curve(event)


def pushed_curve(event: PushedInputs, *, marked: bool = False) -> Figure:
    """Confidence and accuracy by how far inputs are pushed.

    Args:
        event: one way to push.
        marked: the confidence is what a finding is about.
    """
    curves = [Curve(name="mean confidence", group=0, x=event.amounts, y=event.confidence, dots=True, marked=marked)]
    if event.accuracy:
        curves.append(Curve(name="accuracy", group=1, x=event.amounts, y=event.accuracy, dots=True))
    curves.append(Curve(name=f"left out by the threshold {number(event.threshold)}", group=2, x=event.amounts,
                        y=event.rejected, dots=True, dashed=True))  # fmt: skip
    if event.temperature is not None:
        curves.append(Curve(name=f"confidence with the temperature {number(event.temperature)}", group=3,
                            x=event.amounts, y=event.cooled, dashed=True))  # fmt: skip
    usual = (Moment(x=event.usual, label="inputs in use"),) if event.usual else ()
    return Figure(
        title=f"Pushed inputs: {event.way}",
        description=f"{number(event.examples)} examples. Where accuracy falls, confidence must fall, too.",
        x=Axis(label=event.way, low=0.0, high=1.02 * max(event.amounts), unit=event.unit),
        y=Axis(label="share", low=0.0, high=1.0), curves=tuple(curves), moments=usual,
    )  # fmt: skip


def pushed_figures(view: ModelView) -> list[Figure]:
    """One for each way to push."""
    return [pushed_curve(one) for one in view.of(PushedInputs)]


def adversarial_curve(view: ModelView, *, marked: str = "") -> Figure | None:
    """Accuracy by the size of a step against the network.

    Args:
        view: of the model.
        marked: the attack that a finding is about.
    """
    events = view.of(AdversarialAccuracy)
    if not events:
        return None
    curves = [
        Curve(name=one.attack, group=at, x=one.sizes, y=one.accuracy, dots=True, marked=one.attack == marked)
        for at, one in enumerate(events)
    ]
    last = events[-1]
    curves.append(Curve(name="random steps", group=len(events), x=last.sizes, y=last.random_accuracy, dashed=True))
    return Figure(
        title="Small steps against the network",
        description=f"Accuracy of {number(last.examples)} examples after a step of at most this size in every value.",
        x=Axis(label="largest change of a value", low=0.0, high=1.02 * max(last.sizes), unit=last.unit),
        y=Axis(label="accuracy", low=0.0, high=1.0), curves=tuple(curves),
        levels=(Level(y=last.accuracy[0], label="as they are"),),
    )  # fmt: skip


def stage_bars(view: ModelView, marked: float | None = None) -> Bars | None:
    """The score as it is, and with the right output of each stage alone; beside it with that of all up to it.

    Args:
        view: of the model.
        marked: the score that a finding is about.
    """
    known = [one for one in view.of(StageError) if one.score is not None]
    if not known:
        return None
    title = METRICS[view.about.metric].title
    before = known[0].score_before or 0.0
    bars = [Bar(name="as it is", value=before, note=number(before))]
    bars += [
        Bar(name=f"{one.stage} right", value=one.score or 0.0, beside=one.score_up_to, note=number(one.score or 0.0),
            marked=one.score == marked)
        for one in known
    ]  # fmt: skip
    high = max(value for bar in bars for value in (bar.value, bar.beside or 0.0))
    return Bars(
        title=f"{title[:1].upper()}{title[1:]} with right outputs of the stages",
        description="What the right output of a stage gains is what could be gained by improving it.",
        x=Axis(label=title, low=0.0, high=1.0 if METRICS[view.about.metric].bounded else 1.1 * high or 1.0),
        bars=tuple(bars), groups=("this stage alone", "this stage and those before it"),
    )  # fmt: skip


def _floor(*values: float) -> float:
    return max(0.0, int(10 * min(values)) / 10)
