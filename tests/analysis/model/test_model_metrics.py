"""Every metric is scikit-learn's, with and without weights; intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from unstuck.analysis.model.calibration import by_chance, calibration_error, temperature
from unstuck.analysis.model.confusion import confused_pairs, pair_error
from unstuck.analysis.model.intervals import bootstrap, mcnemar, paired, wilson
from unstuck.analysis.model.metrics import Scorer
from unstuck.analysis.model.predictions import Predictions
from unstuck.analysis.model.useless import best_constants
from unstuck.core.data_types import Task


def classified(seed: int = 0, n: int = 300, classes: int = 4, digits: int = 6) -> Predictions:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, n)
    logits = random.normal(size=(n, classes)) + 1.5 * np.eye(classes)[truth]
    scores = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), digits)
    scores /= scores.sum(axis=1, keepdims=True)
    task = Task.BINARY if classes == 2 else Task.MULTI_CLASS
    return Predictions(
        task=task, classes=tuple("abcdef"[:classes]), truth=truth, labels=scores.argmax(axis=1), scores=scores,
        rows=np.arange(n),
    )


def weights(seed: int, n: int, kind: str) -> np.ndarray:
    return np.ones(n) if kind == "alike" else np.random.default_rng(seed).integers(0, 4, n).astype(float)


@pytest.mark.parametrize("kind", ["alike", "weighted"])
@pytest.mark.parametrize("digits", [6, 1], ids=["no ties", "ties"])
def test_the_metrics_of_many_classes(kind, digits):
    given = classified(digits=digits)
    w = weights(1, len(given), kind)
    got = {name: metric(w) for name, metric in Scorer(given).metrics.items()}
    y, labels, p = given.truth, given.labels, given.scores
    assert got["accuracy"] == pytest.approx(reference.accuracy_score(y, labels, sample_weight=w))
    assert got["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(y, labels, sample_weight=w))
    for name, function in (("precision", reference.precision_score), ("recall", reference.recall_score),
                           ("f1", reference.f1_score)):  # fmt: skip
        assert got[name] == pytest.approx(function(y, labels, average="macro", sample_weight=w, zero_division=0))
    aurocs = [reference.roc_auc_score(y == c, p[:, c], sample_weight=w) for c in range(4)]
    precisions = [reference.average_precision_score(y == c, p[:, c], sample_weight=w) for c in range(4)]
    assert got["auroc"] == pytest.approx(np.mean(aurocs))
    assert got["average_precision"] == pytest.approx(np.mean(precisions))
    assert got["log_loss"] == pytest.approx(reference.log_loss(y, p, sample_weight=w, labels=range(4)))
    brier = np.average(((p - np.eye(4)[y]) ** 2).sum(axis=1), weights=w)
    assert got["brier"] == pytest.approx(brier)


@pytest.mark.parametrize("positive", [0, 1])
def test_the_metrics_of_two_classes(positive):
    given = classified(classes=2)
    w = weights(2, len(given), "weighted")
    got = Scorer(given, positive).metrics
    y, p = given.truth, given.scores
    assert got["brier"](w) == pytest.approx(reference.brier_score_loss(y, p[:, 1], sample_weight=w))
    assert got["auroc"](w) == pytest.approx(reference.roc_auc_score(y, p[:, 1], sample_weight=w))
    wanted = reference.average_precision_score(y == positive, p[:, positive], sample_weight=w)
    assert got["average_precision"](w) == pytest.approx(wanted)


def test_the_metrics_of_numbers_and_of_several_labels():
    random = np.random.default_rng(3)
    y = random.normal(size=(200, 2))
    made = y + random.normal(size=(200, 2))
    w = weights(4, 200, "weighted")
    given = Predictions(task=Task.REGRESSION, classes=("a", "b"), truth=y, labels=made, rows=np.arange(200))
    got = {name: metric(w) for name, metric in Scorer(given).metrics.items()}
    assert got["mae"] == pytest.approx(reference.mean_absolute_error(y, made, sample_weight=w))
    assert got["rmse"] == pytest.approx(reference.root_mean_squared_error(y, made, sample_weight=w))
    assert got["r2"] == pytest.approx(reference.r2_score(y, made, sample_weight=w))
    truth, p = (y > 0).astype(int), 1 / (1 + np.exp(-made))
    several = Predictions(task=Task.MULTI_LABEL, classes=("a", "b"), truth=truth, labels=(p >= 0.5).astype(int),
                          scores=p, rows=np.arange(200))  # fmt: skip
    got = {name: metric(w) for name, metric in Scorer(several).metrics.items()}
    assert got["accuracy"] == pytest.approx(reference.accuracy_score(truth, several.labels, sample_weight=w))
    assert got["f1"] == pytest.approx(reference.f1_score(truth, several.labels, average="macro", sample_weight=w))
    assert got["auroc"] == pytest.approx(reference.roc_auc_score(truth, p, average="macro", sample_weight=w))


def test_wilson_is_the_textbook_interval():
    """Brown, Cai, DasGupta (2001): 0 of 10 gives [0, 0.278]; 5 of 10 [0.237, 0.763]."""
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)


def test_intervals_hold_the_value_of_the_population():
    """100 samples of 250 from one population: 95 % intervals hold the value of 100,000 in 88 or more of them."""
    whole = classified(5, 100_000)
    names = ("balanced_accuracy", "f1", "auroc", "log_loss")
    wanted = {name: Scorer(whole).metrics[name](np.ones(len(whole))) for name in names}
    accuracy = float(np.mean(~whole.wrong))
    random = np.random.default_rng(6)
    held = dict.fromkeys((*names, "accuracy"), 0)
    for number in range(100):
        some = whole.take(random.integers(0, len(whole), 250))
        metrics = {name: Scorer(some).metrics[name] for name in names}
        found = bootstrap(metrics, np.arange(250), number)
        for name in names:
            held[name] += found[name][0] <= wanted[name] <= found[name][1]
        low, high = wilson(float((~some.wrong).sum()), 250)
        held["accuracy"] += low <= accuracy <= high
    assert all(count >= 88 for count in held.values()), held
    assert any(count < 100 for count in held.values())


def test_labels_of_one_example_are_drawn_together():
    """10 labels each of 30 examples that are all right or all wrong: as wide as 30 labels, not as 300."""
    right = np.repeat(np.random.default_rng(0).random(30) < 0.6, 10)
    metric = {"accuracy": lambda w: float(w @ right / w.sum())}
    wide, narrow = (bootstrap(metric, rows, 0)["accuracy"] for rows in (np.repeat(np.arange(30), 10), np.arange(300)))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_two_models_on_the_same_examples():
    y = np.random.default_rng(0).random(400) < 0.5
    one, other = np.ones(400), np.r_[np.zeros(40), np.ones(360)]
    found = paired(lambda w: float(w @ one / w.sum()), lambda w: float(w @ other / w.sum()), np.arange(len(y)), 0)
    assert found.value == pytest.approx(0.1)
    assert 0.06 < found.low < 0.1 < found.high < 0.14
    assert found.p_lower > 0.99
    assert mcnemar(40, 0) == pytest.approx(2 * 0.5**40)
    assert mcnemar(0, 0) == 1.0


def test_calibration_of_right_probabilities_is_what_chance_gives():
    random = np.random.default_rng(0)
    above = []
    for number in range(20):
        confidence = random.uniform(0.5, 1, 600)
        right = random.random(600) < confidence
        error = calibration_error(confidence, right)
        mean, high = by_chance(confidence, number)
        assert mean < high < 0.1
        above.append(error > high)
    assert sum(above) <= 2


def test_the_temperature_is_found():
    random = np.random.default_rng(0)
    logit = random.normal(size=4000)
    truth = (random.random(4000) < 1 / (1 + np.exp(-logit))).astype(int)
    p = 1 / (1 + np.exp(-3 * logit))
    given = Predictions(task=Task.BINARY, classes=("a", "b"), truth=truth, labels=(p > 0.5).astype(int),
                        scores=np.stack([1 - p, p], axis=1), rows=np.arange(4000))  # fmt: skip
    found = temperature(given, 0)
    assert found.temperature == pytest.approx(3, rel=0.15)
    assert found.error_after < 0.5 * found.error_before
    assert found.log_loss_after < found.log_loss_before


def test_a_constant_scores_what_it_scores():
    given = classified(classes=2, n=400)
    counts = np.bincount(given.truth)
    found = best_constants(given, 1)
    assert found["accuracy"][0] == pytest.approx(counts.max() / 400)
    assert found["auroc"][0] == pytest.approx(0.5)
    assert found["average_precision"][0] == pytest.approx(counts[1] / 400)


def test_a_pair_that_is_confused_stands_out():
    counts = np.diag([90, 70, 90, 90])
    counts[1, 2] = 20
    counts[0, 3] = 2
    (pair,) = confused_pairs(counts)
    assert (pair.truth, pair.predicted, pair.count, pair.of) == (1, 2, 20, 90)
    assert confused_pairs(np.diag([5, 5, 5])) == []
    assert confused_pairs(np.array([[5, 50], [50, 5]])) == []
    given = classified()
    inside = given.take(np.flatnonzero(given.truth < 2))
    wrong = [(p[0] < p[1]) == (t == 0) for t, p in zip(inside.truth, inside.scores, strict=True)]
    assert pair_error(given, 0, 1) == pytest.approx(np.mean(wrong))
