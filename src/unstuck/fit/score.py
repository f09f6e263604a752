"""What predictions are worth by a goal, and at which operating point: thresholds are chosen here and applied elsewhere.

Shapes: *n* examples, *K* classes, *k* columns of a regression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.model.metrics import Scorer
from unstuck.analysis.model.predictions import Predictions
from unstuck.core.data_types import Task
from unstuck.fit.goal import Goal

Array = np.ndarray[Any, Any]
CUT = ("f1", "recall", "precision", "balanced_accuracy")
"""of two classes: metrics for which a threshold of the score is chosen"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Given:
    """What a model gives for some examples, beside the truth."""

    task: Task
    classes: tuple[str, ...]
    truth: Array  # (n,) codes; (n, k) numbers of a regression, zeros and ones of a multi-label task
    scores: Array  # (n, K) probabilities; (n, k) numbers of a regression
    positive: int = 1

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: Array) -> Given:
        """Those of some examples."""
        return replace(self, truth=self.truth[rows], scores=self.scores[rows])

    @property
    def labels(self) -> Array:
        """Without an operating point."""
        if self.task.has_classes:
            return np.asarray(self.scores.argmax(axis=1))
        return (self.scores >= 0.5).astype(np.int64) if self.task is Task.MULTI_LABEL else self.scores

    @property
    def margin(self) -> Array:
        """How much the first class is ahead of the second."""
        ordered = np.sort(self.scores, axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An operating point."""

    threshold: float | None = None
    """the positive class is predicted from this score on"""
    margin: float | None = None
    """with less between the first class and the second there is no prediction"""


def careful(goal: Goal, given: Given) -> Goal:
    """The goal with its condition one standard error stricter: on other examples it holds by chance only else."""
    if goal.at is None:
        return goal
    n = len(given) if goal.at.metric == "coverage" else max(1, int((given.truth == given.positive).sum()))
    share = goal.at.threshold
    return replace(goal, at=replace(goal.at, threshold=min(1.0, share + (share * (1 - share) / n) ** 0.5)))


def point_of(goal: Goal, given: Given) -> Point:
    """The best operating point by these examples."""
    metric = goal.first.metric
    if goal.at is not None and goal.at.metric == "coverage":
        kept = max(1, int(np.ceil(goal.at.threshold * len(given) - 1e-9)))
        return Point(margin=float(np.sort(given.margin)[::-1][kept - 1]))
    if given.task is not Task.BINARY or metric not in CUT or (goal.at is None and metric in ("recall", "precision")):
        return Point()
    curve = _curve(given)
    if goal.at is None:
        value = curve.f1 if metric == "f1" else curve.balanced
    else:
        value, other = (curve.recall, curve.precision) if metric == "recall" else (curve.precision, curve.recall)
        good = other >= goal.at.threshold
        value = np.where(good, value + 1e-9 * other, other - 2) if good.any() else other - 2
    return Point(threshold=float(curve.thresholds[int(np.argmax(value))]))


@dataclass(frozen=True, eq=False, slots=True)
class _Curve:
    """Of every threshold that separates scores; shapes (t,)."""

    thresholds: Array
    recall: Array
    precision: Array
    f1: Array
    balanced: Array


def _curve(given: Given) -> _Curve:
    scores, hit = given.scores[:, given.positive], given.truth == given.positive
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(hit[order])
    last = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]
    found, said = hits[last], last + 1
    total, others = max(int(hit.sum()), 1), max(int((~hit).sum()), 1)
    below = np.r_[ranked[last[:-1] + 1], ranked[-1] - 2 * abs(ranked[-1]) - 1]
    recall, precision = found / total, found / said
    return _Curve(
        (ranked[last] + below) / 2, recall, precision, 2 * found / (total + said),
        (recall + 1 - (said - found) / others) / 2,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What predictions are worth at an operating point."""

    value: float
    """of the goal's metric"""
    beside: float | None = None
    """of the condition"""

    def meets(self, goal: Goal) -> bool:
        """Whether the goal is reached."""
        good = not goal.open and goal.first.met(self.value)
        return good and (goal.at is None or (self.beside is not None and goal.at.met(self.beside)))


def worth(goal: Goal, given: Given, point: Point | None = None) -> Worth:
    """Of predictions; at the best operating point by themselves where none is given."""
    at = point_of(goal, given) if point is None else point
    metric = goal.first.metric
    if at.margin is not None:
        kept = given.margin >= at.margin
        if not kept.any():
            return Worth(value=0.0, beside=0.0)
        right = given.labels[kept] == given.truth[kept]
        return Worth(value=float(np.mean(right)), beside=float(np.mean(kept)))
    if given.task is Task.BINARY and metric in CUT:
        said = (
            given.labels == given.positive if at.threshold is None
            else given.scores[:, given.positive] >= at.threshold
        )
        return _of_two(goal, given.truth == given.positive, said)
    scorer = Scorer(predictions_of(given), given.positive)
    return Worth(value=float(scorer.metrics[metric](np.ones(len(given)))))


def _of_two(goal: Goal, truth: Array, said: Array) -> Worth:
    found, total, number = int((truth & said).sum()), int(truth.sum()), int(said.sum())
    recall, precision = found / max(total, 1), found / number if number else float(not total)
    others = max(int((~truth).sum()), 1)
    values = {
        "recall": recall, "precision": precision, "f1": 2 * found / max(total + number, 1),
        "balanced_accuracy": (recall + 1 - (number - found) / others) / 2,
    }  # fmt: skip
    return Worth(
        value=values[goal.first.metric], beside=None if goal.at is None else values[goal.at.metric],
    )  # fmt: skip


def predictions_of(given: Given) -> Predictions:
    """As metrics take them."""
    regression = given.task is Task.REGRESSION
    return Predictions(
        task=given.task, classes=given.classes, truth=given.truth, labels=given.labels,
        scores=None if regression else given.scores, rows=np.arange(len(given)),
    )  # fmt: skip
