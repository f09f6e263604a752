"""Intervals of the goal's metric, and the batches by which rates are judged."""

import numpy as np
import pytest

from unstuck.core.data_types import Task
from unstuck.fit.compare import interval
from unstuck.fit.goal import parse_goal
from unstuck.fit.rungs.first_network import BATCHES, _parts
from unstuck.fit.score import Given
from unstuck.preflight.rate_search import LEAST_BATCHES


def given(truth, predicted):
    return Given(
        task=Task.BINARY, classes=("no", "yes"), truth=np.array(truth), scores=np.eye(2)[predicted], positive=1
    )


def test_a_share_without_a_mistake_is_not_certain():
    """Wilson's lower bound of n of n is n / (n + z²): 35 / (35 + 3.84) = .901."""
    right = given([0] * 20 + [1] * 15, [0] * 20 + [1] * 15)
    assert interval(parse_goal("accuracy>=0.9"), right, None, None, 0) == pytest.approx((0.901, 1.0), abs=1e-3)
    assert interval(parse_goal("recall>=0.9"), right, None, None, 0)[0] == pytest.approx(15 / (15 + 3.8415), abs=1e-3)


@pytest.mark.parametrize("examples", [60, 95, 200, 5000])
def test_some_batches_are_kept_apart_of_small_data(examples):
    assert LEAST_BATCHES <= BATCHES <= _parts(examples, 32)


def test_large_data_keeps_its_batch_size():
    assert _parts(5000, 32) == 5000 // 32
