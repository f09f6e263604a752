"""The metrics, each a function of truth and prediction. Tests compare them with scikit-learn's.

Shapes: *n* examples, *K* classes, *k* columns of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from unstuck.core.data_types import Task

Array = np.ndarray[Any, Any]
CLASSES = (Task.BINARY, Task.MULTI_CLASS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Prediction:
    """What a model predicts for some examples."""

    labels: Array  # (n,) codes of classes; (n, k) zeros and ones of a multi-label task; (n, k) numbers of a regression
    scores: Array | None = None  # (n, K) larger where the class is likelier

    def take(self, rows: Array) -> Prediction:
        """Those of some examples."""
        return Prediction(labels=self.labels[rows], scores=None if self.scores is None else self.scores[rows])


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A score by its name."""

    name: str
    title: str
    meaning: str
    """in words, so that nobody need guess which variant it is"""
    tasks: tuple[Task, ...]
    of: Callable[[Array, Prediction], float]
    higher_is_better: bool = True
    lowest: float = 0.0
    highest: float = 1.0
    """ends of its range"""

    def within(self, value: float) -> float:
        """The nearest value in its range."""
        return min(self.highest, max(self.lowest, value))


def accuracy(truth: Array, given: Prediction) -> float:
    """Share of correct predictions; of a multi-label task all labels of an example must be correct."""
    same = given.labels == truth
    return float(np.mean(same.all(axis=1) if same.ndim == 2 else same))


def balanced_accuracy(truth: Array, given: Prediction) -> float:
    """Mean recall of the classes that occur in the truth."""
    table = _confusion(truth, given.labels)
    present = table.sum(axis=1) > 0
    return float(np.mean(table.diagonal()[present] / table.sum(axis=1)[present]))


def macro_f1(truth: Array, given: Prediction) -> float:
    """Mean F1 of the classes that occur in truth or prediction; of a multi-label task of the labels."""
    if truth.ndim == 2:
        hits = np.sum((truth == 1) & (given.labels == 1), axis=0)
        total = np.sum(truth == 1, axis=0) + np.sum(given.labels == 1, axis=0)
    else:
        table = _confusion(truth, given.labels)
        hits, total = table.diagonal(), table.sum(axis=0) + table.sum(axis=1)
        hits, total = hits[total > 0], total[total > 0]
    return float(np.mean(2 * hits / np.maximum(total, 1)))


def average_precision(truth: Array, given: Prediction, positive: int = 1) -> float:
    """Area under precision by recall of one class, as a step function without interpolation."""
    scores = np.zeros(len(truth)) if given.scores is None else given.scores[:, positive]
    order = np.argsort(-scores, kind="stable")
    hit, ranked = (truth == positive)[order], scores[order]
    if not hit.any():
        return 0.0
    last = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]  # the last of each run of equal scores
    found = np.cumsum(hit)[last]
    precision, recall = found / (last + 1), found / hit.sum()
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def r_squared(truth: Array, given: Prediction) -> float:
    """1 − squared error / squared distance from the mean of these examples; mean over the target columns."""
    error = np.sum((truth - given.labels) ** 2, axis=0)
    spread = np.sum((truth - truth.mean(axis=0)) ** 2, axis=0)
    parts = np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1), np.where(error > 0, 0.0, 1.0))
    return float(np.mean(parts))


def rmse(truth: Array, given: Prediction) -> float:
    """Root of the mean squared error; mean over the target columns."""
    return float(np.mean(np.sqrt(np.mean((truth - given.labels) ** 2, axis=0))))


def mae(truth: Array, given: Prediction) -> float:
    """Mean absolute error; mean over the target columns."""
    return float(np.mean(np.abs(truth - given.labels)))


def _confusion(truth: Array, labels: Array) -> Array:  # (K, K), rows are the truth
    size = int(max(truth.max(), labels.max())) + 1
    return np.bincount(truth * size + labels, minlength=size * size).reshape(size, size)


_ALL = (
    Metric(name="accuracy", title="accuracy", meaning="share of correct predictions", of=accuracy,
           tasks=(*CLASSES, Task.MULTI_LABEL)),
    Metric(name="balanced_accuracy", title="balanced accuracy", meaning="mean recall of the classes",
           of=balanced_accuracy, tasks=CLASSES),
    Metric(name="f1", title="macro F1", meaning="mean F1 of the classes, each with the same weight", of=macro_f1,
           tasks=(*CLASSES, Task.MULTI_LABEL)),
    Metric(name="average_precision", title="average precision",
           meaning="area under precision by recall of the rarer class", of=average_precision, tasks=(Task.BINARY,)),
    Metric(name="r2", title="R²", meaning="share of the target's variance that is explained", of=r_squared,
           tasks=(Task.REGRESSION,), lowest=-np.inf),
    Metric(name="rmse", title="RMSE", meaning="root of the mean squared error", of=rmse, tasks=(Task.REGRESSION,),
           higher_is_better=False, highest=np.inf),
    Metric(name="mae", title="MAE", meaning="mean absolute error", of=mae, tasks=(Task.REGRESSION,),
           higher_is_better=False, highest=np.inf),
)  # fmt: skip
METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})


def metrics_for(task: Task, chosen: str, rarer: int = 1) -> tuple[Metric, ...]:
    """All metrics of a task, the chosen one first.

    Args:
        task: what is predicted.
        chosen: name of the metric that decides.
        rarer: of a binary task the code of the rarer class, which average precision is about.
    """
    fitting = [metric for metric in _ALL if task in metric.tasks]
    about = [
        replace(metric, of=partial(average_precision, positive=rarer)) if metric.of is average_precision else metric
        for metric in fitting
    ]
    return tuple(sorted(about, key=lambda metric: metric.name != chosen))


RARE = 0.2
"""binary: below this share of the rarer class accuracy says little, and average precision decides"""


def default_metric(task: Task, shares: Sequence[float]) -> str:
    """The metric that decides where nobody chose one.

    Args:
        task: what is predicted.
        shares: of the classes.
    """
    if task is Task.REGRESSION:
        return "r2"
    if task is Task.MULTI_LABEL:
        return "f1"
    if task is Task.BINARY and min(shares, default=1.0) < RARE:
        return "average_precision"
    return "f1" if len(shares) > 2 and max(shares) > 1 - RARE else "accuracy"
