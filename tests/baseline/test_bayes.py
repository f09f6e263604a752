from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

import unstuck
from unstuck.baseline.bayes import checked, lower_bound, neighbour_error
from unstuck.baseline.evaluate import Evaluated
from unstuck.baseline.models import MODELS
from unstuck.record.events.data.baselines import BaselineScore, BayesBracket, Score


def test_the_lower_bound_by_hand():
    assert lower_bound(0.18, 2) == pytest.approx(0.5 * (1 - math.sqrt(1 - 2 * 0.18)))  # 0.1
    assert lower_bound(0.18, 2) == pytest.approx(0.1)
    assert lower_bound(0.0, 5) == 0.0
    assert lower_bound(0.9, 10) == pytest.approx(0.9)
    assert lower_bound(0.95, 10) == pytest.approx(0.9)


def test_the_neighbour_error_by_counting():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60, 3)), random.integers(0, 3, 60)
    wrong = 0
    for at in range(60):
        distance = ((x - x[at]) ** 2).sum(axis=1)
        distance[at] = np.inf
        wrong += y[distance.argmin()] != y[at]
    assert neighbour_error(x, y) == pytest.approx(wrong / 60)


def test_a_neighbour_of_the_same_group_does_not_count():
    x = np.repeat(np.arange(10.0), 2)[:, None] + np.tile([0, 0.01], 10)[:, None]
    y = np.repeat(np.arange(10) % 2, 2)
    assert neighbour_error(x, y) == 0.0
    assert neighbour_error(x, y, np.repeat(np.arange(10), 2).astype(str)) == 1.0


def test_the_bracket_holds_the_error_of_two_normal_classes(tmp_path):
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 4000)
    x = random.normal(size=(4000, 2)) + 1.5 * y[:, None] * [1, 0]
    run = unstuck.baseline(x, y, dir=tmp_path, folds=2, seconds=1e-9)
    bracket = next(event for part in run.record.parts for event in part.of(BayesBracket))
    assert bracket.lower - 0.01 < norm.cdf(-0.75) < bracket.upper
    assert bracket.classes == 2


def test_a_bracket_that_a_model_contradicts_says_so():
    bracket = BayesBracket(split=0, lower=0.16, upper=0.27, classes=2, rows=2000)
    for accuracy, doubted in ((0.88, True), (0.8, False)):
        scores = (Score(metric="f1", value=0.99), Score(metric="accuracy", value=accuracy))
        one = Evaluated(model=MODELS[0], scores=(BaselineScore(split=0, model="m", scores=scores),))
        assert ("a simple model errs in 12 % already" in checked(bracket, [one]).note) is doubted
