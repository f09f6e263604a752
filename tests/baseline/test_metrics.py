"""Every metric is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from unstuck.baseline import metrics
from unstuck.baseline.metrics import Prediction
from unstuck.core.data_types import Task


def classes(seed: int, classes: int = 4, missing: int | None = None):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, 200)
    truth[truth == missing] = 0
    given = np.where(random.random(200) < 0.6, truth, random.integers(0, classes, 200))
    return truth, Prediction(labels=given)


@pytest.mark.parametrize("missing", [None, 2])
def test_class_metrics(missing):
    truth, given = classes(0, missing=missing)
    assert metrics.accuracy(truth, given) == pytest.approx(reference.accuracy_score(truth, given.labels))
    assert metrics.macro_f1(truth, given) == pytest.approx(reference.f1_score(truth, given.labels, average="macro"))
    recalls = [np.mean(given.labels[truth == code] == code) for code in np.unique(truth)]
    assert metrics.balanced_accuracy(truth, given) == pytest.approx(np.mean(recalls))
    if missing is None:
        wanted = reference.balanced_accuracy_score(truth, given.labels)
        assert metrics.balanced_accuracy(truth, given) == pytest.approx(wanted)


@pytest.mark.parametrize("digits", [1, 3])
@pytest.mark.parametrize("positive", [0, 1])
def test_average_precision_with_ties(positive, digits):
    random = np.random.default_rng(1)
    truth = (random.random(300) < 0.1).astype(int)
    score = np.round(truth * 0.5 + random.random(300), digits)
    scores = np.stack([1 - score, score], axis=1)
    wanted = reference.average_precision_score(truth == positive, scores[:, positive])
    got = metrics.average_precision(truth, Prediction(labels=truth, scores=scores), positive)
    assert got == pytest.approx(wanted)


def test_regression_metrics_of_several_targets():
    random = np.random.default_rng(2)
    truth = random.normal(size=(100, 3)) * [1, 10, 100]
    given = truth + random.normal(size=(100, 3)) * [0.5, 20, 10]
    prediction = Prediction(labels=given)
    assert metrics.r_squared(truth, prediction) == pytest.approx(reference.r2_score(truth, given))
    assert metrics.mae(truth, prediction) == pytest.approx(reference.mean_absolute_error(truth, given))
    assert metrics.rmse(truth, prediction) == pytest.approx(reference.root_mean_squared_error(truth, given))


def test_multi_label_metrics():
    random = np.random.default_rng(3)
    truth = (random.random((100, 4)) < 0.3).astype(float)
    given = np.where(random.random((100, 4)) < 0.8, truth, 1 - truth)
    wanted = reference.f1_score(truth, given, average="macro")
    assert metrics.macro_f1(truth, Prediction(labels=given)) == pytest.approx(wanted)
    assert metrics.accuracy(truth, Prediction(labels=given)) == pytest.approx(reference.accuracy_score(truth, given))


@pytest.mark.parametrize(
    ("task", "shares", "name"),
    [
        (Task.BINARY, (0.6, 0.4), "accuracy"), (Task.BINARY, (0.98, 0.02), "average_precision"),
        (Task.MULTI_CLASS, (0.9, 0.05, 0.05), "f1"), (Task.MULTI_CLASS, (0.4, 0.3, 0.3), "accuracy"),
        (Task.REGRESSION, (), "r2"), (Task.MULTI_LABEL, (), "f1"),
    ],
)  # fmt: skip
def test_the_metric_that_decides(task, shares, name):
    assert metrics.default_metric(task, shares) == name
    assert metrics.metrics_for(task, name)[0].name == name
