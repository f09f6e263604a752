from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from unstuck.baseline.intervals import of_folds, of_rows
from unstuck.baseline.metrics import Prediction, accuracy


def test_the_interval_of_folds_by_hand():
    scores = [0.8, 0.9, 0.85, 0.75, 0.95]  # mean .85, variance .00625
    half = t.ppf(0.975, 4) * np.sqrt((1 / 5 + 20 / 80) * 0.00625)
    assert of_folds(scores, [80] * 5, [20] * 5) == pytest.approx((0.85 - half, 0.85 + half))
    assert of_folds([0.8], [80], [20]) is None


def test_overlapping_training_sets_widen_the_interval():
    scores = [0.8, 0.9, 0.85, 0.75, 0.95]
    low, high = of_folds(scores, [80] * 5, [20] * 5)
    assert high - low > 2 * t.ppf(0.975, 4) * np.std(scores, ddof=1) / np.sqrt(5)


def test_the_interval_of_rows_is_near_the_binomial_one():
    truth = np.zeros(1000, dtype=int)
    given = Prediction(labels=(np.arange(1000) % 10 == 0).astype(int))
    low, high = of_rows(truth, given, accuracy, None, 0)
    assert (low, high) == pytest.approx((0.9 - 1.96 * 0.00949, 0.9 + 1.96 * 0.00949), abs=0.004)


def test_groups_are_drawn_whole():
    truth = np.zeros(1000, dtype=int)
    given = Prediction(labels=np.repeat([0, 1], [900, 100]))
    groups = np.repeat(np.arange(10), 100)
    single, whole = (of_rows(truth, given, accuracy, one, 0) for one in (None, groups))
    assert whole[1] - whole[0] > 3 * (single[1] - single[0])
