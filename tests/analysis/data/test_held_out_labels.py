"""Training labels beside held-out labels."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.held_out_labels import contrast, forest_predictions, no_copies
from unstuck.analysis.data.sample import Column, DataSet, Sample
from unstuck.core.data_types import ColumnType, Form


def halves(seed, noise, hard=0.0, n=1200, m=500):
    """Two classes that a line separates; so many of all labels are drawn at random, and of the training labels more."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n + m, 5)).astype(np.float32)
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(int)
    y = np.where(random.random(n + m) < hard, 1 - y, y)
    wrong = random.random(n) < noise
    return x[:n], np.where(wrong, 1 - y[:n], y[:n]), x[n:], y[n:]


@pytest.mark.parametrize("hard", [0.0, 0.2])
def test_the_share_of_wrong_training_labels(hard):
    x, y, held_out, codes = halves(0, 0.3, hard)
    found = contrast(x, y, held_out, codes, 2, 40)
    assert found.z > 4
    assert 0.2 < found.share < 0.4


@pytest.mark.parametrize("seed", range(6))
def test_hard_labels_are_hard_in_both(seed):
    found = contrast(*halves(seed, 0.0, 0.3), 2, 40)
    assert abs(found.z) < 3.5


def test_predictions_of_training_and_held_out_examples_are_equally_good():
    x, y, held_out, codes = halves(1, 0.0, 0.2)
    own, other = forest_predictions(x, y[:, None].astype(float), held_out, 60)
    errors = ((own[:, 0] - y) ** 2).mean(), ((other[:, 0] - codes) ** 2).mean()
    assert errors[0] == pytest.approx(errors[1], rel=0.12)


def test_copies_are_left_out():
    random = np.random.default_rng(2)
    x = random.normal(size=(400, 4))

    def sample(split, rows):
        columns = tuple(Column(name=f"c{at}", type=ColumnType.NUMBER, values=rows[:, at].copy()) for at in range(4))
        return Sample(split=split, name=str(split), form=Form.TABLE, rows=np.arange(len(rows)), columns=columns)

    fresh = random.normal(size=(10, 4)) + 5
    data = DataSet(samples=(sample(0, x), sample(1, np.concatenate([x[:5], fresh]))))
    assert no_copies(data, 1, np.arange(15), np.arange(400)).tolist() == [False] * 5 + [True] * 10
