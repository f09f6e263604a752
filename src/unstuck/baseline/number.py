"""The number that a network must beat, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from unstuck.baseline.evaluate import Evaluated
from unstuck.baseline.metrics import METRICS, RARE, Metric
from unstuck.baseline.models import CONSTANT
from unstuck.baseline.problem import Problem
from unstuck.core.data_types import Task
from unstuck.core.words import number, share
from unstuck.record.events.data.baselines import BaselineScore, NumberToBeat, Score

UNITS = {"r2": "rmse"}
"""a metric without unit → the one in the unit of the target that is said beside it"""


def number_to_beat(
    problem: Problem,
    evaluated: Sequence[Evaluated],
    metric: Metric,
    human: tuple[float, str] | None,
    leaks: tuple[str, ...] = (),
) -> NumberToBeat:
    """The score of the model that is best in cross-validation; on the last held-out split where there is one.

    The held-out split does not choose the model, so its score is not the luckiest of several.

    Args:
        problem: of the data set.
        evaluated: all models.
        metric: that decides.
        human: the human error and where it comes from.
        leaks: what is known of training data in held-out splits, in words.
    """
    usable = [one for one in evaluated if not one.scores[0].skipped]
    best = max(usable, key=lambda one: _value(one.scores[0], metric) * (1 if metric.higher_is_better else -1))
    event = best.scores[-1]
    score = event.scores[0]
    constant = next((one.scores[-1] for one in usable if one.model.key == CONSTANT), None)
    lowest = None if constant is None else _value(constant, metric)
    return NumberToBeat(
        split=event.split, metric=metric.name, value=score.value, low=score.low, high=score.high,
        higher_is_better=metric.higher_is_better, model=event.title, constant=lowest, protocol=event.protocol,
        sentence=_sentence(event, score, metric, lowest),
        warnings=(*leaks, *_warnings(problem, metric), *problem.notes),
        human_error=None if human is None else human[0], human_source="" if human is None else human[1],
    )  # fmt: skip


def _value(event: BaselineScore, metric: Metric) -> float:
    return next(score.value for score in event.scores if score.metric == metric.name)


def _sentence(event: BaselineScore, score: Score, metric: Metric, constant: float | None) -> str:
    beside = UNITS.get(metric.name)
    unit = f" ({METRICS[beside].title} {number(_value(event, METRICS[beside]))})" if beside else ""
    interval = "" if score.low is None or score.high is None else (
        f", 95 % interval {number(score.low)} to {number(score.high)}"
    )
    what = f"{metric.title} {number(score.value)}{unit}"
    how = f"{event.title}{interval}; {event.protocol}"
    if event.model == CONSTANT or (constant is not None and not _clearly_better(score, metric, constant)):
        return f"No simple model is clearly better than a constant prediction: the best reaches {what} ({how})" + (
            "" if constant is None or event.model == CONSTANT else f"; a constant prediction {number(constant)}"
        )
    against = "" if constant is None else f"; a constant prediction scores {number(constant)}"
    return f"A network must beat {what} ({how}){against}"


def _clearly_better(score: Score, metric: Metric, constant: float) -> bool:
    if score.low is None or score.high is None:
        return True
    return score.low > constant if metric.higher_is_better else score.high < constant


def _warnings(problem: Problem, metric: Metric) -> tuple[str, ...]:
    if problem.task is Task.REGRESSION or not problem.shares or max(problem.shares) <= 1 - RARE:
        return ()
    most = problem.classes[max(range(len(problem.classes)), key=lambda code: int((problem.train.y == code).sum()))]
    scores = f"always predicting `{most}` has an accuracy of {share(max(problem.shares))}"
    if metric.name == "accuracy":
        other = "average_precision" if problem.task is Task.BINARY else "f1"
        return (f"accuracy is no measure here: {scores}. Judge by {METRICS[other].title} (--metric {other})",)
    return (f"do not judge by accuracy: {scores}",)
