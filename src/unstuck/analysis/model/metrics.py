"""The metrics, each as a function of weights of the labels, so that a resample is one more set of weights.

The tests compare every value with scikit-learn's. Shapes: *m* labels, *K* classes, *k* columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.calibration import equal_mass_bins, gap
from unstuck.analysis.model.predictions import SMALLEST, Array, Predictions
from unstuck.core.data_types import Task

Weighted = Callable[[Array], float]


class Meaning(NamedTuple):
    """What a metric is, in words."""

    title: str
    meaning: str
    higher_is_better: bool = True
    bounded: bool = True
    """it lies between 0 and 1"""


METRICS: Mapping[str, Meaning] = {
    "accuracy": Meaning("accuracy", "share of correct predictions"),
    "balanced_accuracy": Meaning("balanced accuracy", "mean recall of the classes"),
    "precision": Meaning("macro precision", "mean precision of the classes"),
    "recall": Meaning("macro recall", "mean recall of the classes"),
    "f1": Meaning("macro F1", "mean F1 of the classes"),
    "auroc": Meaning("AUROC", "probability that a positive example scores above a negative one; mean over the classes"),
    "average_precision": Meaning("average precision", "area under precision by recall; of the rarer of two classes"),
    "log_loss": Meaning("log loss", "mean −log probability of the label", False, False),
    "brier": Meaning("Brier score", "mean squared error of the probabilities", False, False),
    "calibration_error": Meaning("calibration error", "mean |confidence − accuracy| in bins of equal mass", False),
    "mae": Meaning("MAE", "mean absolute error", False, False),
    "rmse": Meaning("RMSE", "root of the mean squared error", False, False),
    "r2": Meaning("R²", "share of the variance that is explained", True, False),
}


@dataclass(frozen=True, eq=False)
class Scorer:
    """All metrics of some predictions."""

    given: Predictions
    positive: int = 1

    @cached_property
    def metrics(self) -> dict[str, Weighted]:
        """By name, those that fit the task."""
        task, scored = self.given.task, self.given.scores is not None
        if task is Task.REGRESSION:
            return {"r2": self._r2, "rmse": self._rmse, "mae": self._mae}
        if task is Task.MULTI_LABEL:
            labelled: dict[str, Weighted] = {"accuracy": self._accuracy, "f1": self._label_f1}
            return labelled | ({"auroc": self._auroc, "average_precision": self._average_precision,
                             "log_loss": partial(self._mean, self._losses), "brier": partial(self._mean, self._squares)}
                            if scored else {})  # fmt: skip
        found: dict[str, Weighted] = {
            "accuracy": self._accuracy, "balanced_accuracy": partial(self._of_table, _balanced),
            "precision": partial(self._of_table, _precision), "recall": partial(self._of_table, _balanced),
            "f1": partial(self._of_table, _f1),
        }  # fmt: skip
        return found | ({
            "auroc": self._auroc, "average_precision": self._average_precision,
            "log_loss": partial(self._mean, self._losses), "brier": partial(self._mean, self._squares),
            "calibration_error": self._calibration,
        } if scored else {})  # fmt: skip

    def table(self, weights: Array) -> Array:  # (K, K)
        """The confusion of the classes, a row for each class of the truth."""
        size = len(self.given.classes)
        return np.bincount(self._cells, weights, size * size).reshape(size, size)

    @cached_property
    def _cells(self) -> Array:
        return np.asarray(self.given.truth * len(self.given.classes) + self.given.labels)

    @cached_property
    def _losses(self) -> Array:
        return self.given.loss

    @cached_property
    def _squares(self) -> Array:
        """Squared errors of the probabilities: of two classes of one, of more the sum over all."""
        scores = self.given.scores
        assert scores is not None
        if self.given.task is Task.MULTI_LABEL:
            return np.asarray(((scores - self.given.truth) ** 2).mean(axis=1))
        if self.given.task is Task.BINARY:
            return np.asarray((scores[:, 1] - self.given.truth) ** 2)
        hot = np.zeros_like(scores)
        hot[np.arange(len(hot)), self.given.truth] = 1
        return np.asarray(((scores - hot) ** 2).sum(axis=1))

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """Of each class against all others; of two classes of the positive one."""
        scores, truth = self.given.scores, self.given.truth
        assert scores is not None
        if self.given.task is Task.MULTI_LABEL:
            return tuple(Ranking(scores[:, at], truth[:, at] == 1) for at in range(scores.shape[1]))
        codes = (self.positive,) if self.given.task is Task.BINARY else tuple(range(scores.shape[1]))
        return tuple(Ranking(scores[:, code], truth == code) for code in codes)

    @cached_property
    def _bins(self) -> Array:
        confidence = self.given.confidence
        assert confidence is not None
        return equal_mass_bins(confidence)

    # ---- the metrics --------------------------------------------------------------------------------------

    def _accuracy(self, weights: Array) -> float:
        return float(weights @ ~self.given.wrong / weights.sum())

    def _of_table(self, what: Callable[[Array], float], weights: Array) -> float:
        return what(self.table(weights))

    def _label_f1(self, weights: Array) -> float:
        truth, labels = self.given.truth == 1, self.given.labels == 1
        hits, total = weights @ (truth & labels), weights @ truth + weights @ labels
        return float(np.mean(2 * hits / np.maximum(total, 1e-30)))

    def _mean(self, values: Array, weights: Array) -> float:
        return float(weights @ values / weights.sum())

    def _auroc(self, weights: Array) -> float:
        return _mean_of([one.auroc(weights) for one in self.rankings])

    def _average_precision(self, weights: Array) -> float:
        return _mean_of([one.average_precision(weights) for one in self.rankings])

    def _calibration(self, weights: Array) -> float:
        confidence = self.given.confidence
        assert confidence is not None
        return gap(self._bins, confidence, (~self.given.wrong).astype(np.float64), weights)

    def _mae(self, weights: Array) -> float:
        return float(np.mean(weights @ np.abs(self._errors) / weights.sum()))

    def _rmse(self, weights: Array) -> float:
        return float(np.mean(np.sqrt(weights @ self._errors**2 / weights.sum())))

    def _r2(self, weights: Array) -> float:
        truth = self.given.truth
        mean = weights @ truth / weights.sum()
        spread, error = weights @ (truth - mean) ** 2, weights @ self._errors**2
        parts = np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1), np.where(error > 0, 0.0, 1.0))
        return float(np.mean(parts))

    @cached_property
    def _errors(self) -> Array:
        return np.asarray(self.given.labels - self.given.truth)


class Ranking:
    """One class against all others, sorted once by its score."""

    def __init__(self, scores: Array, positive: Array) -> None:
        self.order = np.argsort(scores, kind="stable")
        self.positive = positive[self.order]
        ranked = scores[self.order]
        self.starts = np.r_[0, np.flatnonzero(np.diff(ranked)) + 1]  # of each run of equal scores

    def auroc(self, weights: Array) -> float:
        """The probability that a positive example scores above a negative one; NaN without both."""
        hits, others = self._sums(weights)
        below = np.cumsum(others) - others
        total = hits.sum() * others.sum()
        return float(hits @ (below + others / 2) / total) if total > 0 else np.nan

    def average_precision(self, weights: Array) -> float:
        """Area under precision by recall as a step function; NaN without a positive example."""
        hits, others = (part[::-1] for part in self._sums(weights))
        found = np.cumsum(hits)
        if found[-1] <= 0:
            return np.nan
        precision = found / np.maximum(found + np.cumsum(others), SMALLEST)
        return float(hits @ precision / found[-1])

    def _sums(self, weights: Array) -> tuple[Array, Array]:
        sorted_weights = weights[self.order]
        hits = np.add.reduceat(sorted_weights * self.positive, self.starts)
        return hits, np.add.reduceat(sorted_weights * ~self.positive, self.starts)


def _mean_of(values: list[float]) -> float:
    """Of the classes for which it is defined."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan


def _balanced(table: Array) -> float:
    present = table.sum(axis=1) > 0
    return float(np.mean(table.diagonal()[present] / table.sum(axis=1)[present]))


def _precision(table: Array) -> float:
    """A class that is never predicted has a precision of 0; one that does not occur in truth or prediction has none."""
    known = table.sum(axis=0) + table.sum(axis=1) > 0
    return float(np.mean(table.diagonal()[known] / np.maximum(table.sum(axis=0)[known], SMALLEST)))


def _f1(table: Array) -> float:
    total = table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * table.diagonal()[total > 0] / total[total > 0]))
