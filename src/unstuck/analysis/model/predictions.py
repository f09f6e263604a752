"""What a model predicted beside the truth: what every fact about a model is worked out from.

Shapes: *m* labels that are compared (one for each example, or several), *K* classes, *k* target columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from unstuck.core.data_types import Task

Array = np.ndarray[Any, Any]
SMALLEST = float(np.finfo(np.float64).eps)
"""a probability is at least this in a logarithm, as in scikit-learn"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Predictions:
    """Truth and prediction, of the same labels in the same order."""

    task: Task
    classes: tuple[str, ...]
    truth: Array  # (m,) codes of classes; (m, k) zeros and ones of a multi-label task; (m, k) numbers of a regression
    labels: Array  # the same of the prediction
    scores: Array | None = None
    """probabilities: (m, K); of a multi-label task (m, k)"""
    rows: Array  # (m,) int64
    """position in the split of the example of each label"""
    unit: str = "example"
    outputs: str = ""
    """how the outputs were read, in words"""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def several(self) -> bool:
        """Whether one example has several labels that are compared."""
        return self.unit != "example"

    @cached_property
    def wrong(self) -> Array:  # (m,) bool
        """Which are not predicted right; of a multi-label task those with any wrong label."""
        other = self.labels != self.truth
        return np.asarray(other.any(axis=1) if other.ndim == 2 else other)

    @cached_property
    def confidence(self) -> Array | None:  # (m,)
        """Probability of the predicted class."""
        if self.scores is None or not self.task.has_classes:
            return None
        return np.asarray(np.take_along_axis(self.scores, self.labels[:, None], axis=1)[:, 0])

    @cached_property
    def loss(self) -> Array:  # (m,)
        """−log probability of the label; without probabilities 1 where it is wrong; of a regression the absolute error.

        The error is in standard deviations where there are several columns.
        """
        if self.task is Task.REGRESSION:
            error = np.abs(self.labels - self.truth)
            if error.shape[1] > 1:
                error = error / np.maximum(self.truth.std(axis=0), 1e-30)
            return np.asarray(error.mean(axis=1))
        if self.scores is None:
            return self.wrong.astype(np.float64)
        if self.task.has_classes:
            chosen = np.take_along_axis(self.scores, self.truth[:, None], axis=1)[:, 0]
            return np.asarray(-np.log(np.maximum(chosen, SMALLEST)))
        right = np.where(self.truth == 1, self.scores, 1 - self.scores)
        return np.asarray(-np.log(np.maximum(right, SMALLEST)).mean(axis=1))

    @cached_property
    def mistakes(self) -> Array:  # (m,) float64
        """What a slice is judged by: 1 where the class is wrong, the share of wrong labels, or the absolute error."""
        if self.task is Task.REGRESSION:
            return self.loss
        other = self.labels != self.truth
        return np.asarray(other.mean(axis=1) if other.ndim == 2 else other.astype(np.float64))

    @property
    def mistake_name(self) -> str:
        """The same in words."""
        if self.task is Task.REGRESSION:
            return "absolute error" if self.truth.shape[1] == 1 else "absolute error in standard deviations"
        return "error rate of the labels" if self.task is Task.MULTI_LABEL else "error rate"

    def take(self, at: Array) -> Predictions:
        """Some of them."""
        return Predictions(
            task=self.task, classes=self.classes, truth=self.truth[at], labels=self.labels[at],
            scores=None if self.scores is None else self.scores[at], rows=self.rows[at], unit=self.unit,
            outputs=self.outputs,
        )  # fmt: skip
