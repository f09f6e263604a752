from __future__ import annotations

import numpy as np
import pytest

from unstuck.baseline.folds import folds_of
from unstuck.baseline.problem import Examples
from unstuck.core.data_types import Task


def examples(rows=60, groups=None, times=None):
    return Examples(
        split=0, name="train", rows=np.arange(rows), inside=np.arange(rows), x=np.zeros((rows, 1)),
        y=np.arange(rows) % 2, groups=groups, times=times,
    )  # fmt: skip


@pytest.mark.parametrize(("task", "y"), [(Task.BINARY, 2), (Task.REGRESSION, 0)])
def test_no_group_is_on_both_sides(task, y):
    groups = np.repeat(np.arange(12), 5).astype(str)
    folds = folds_of(examples(groups=groups), task, 4, 0)
    assert len(folds.pairs) == 4
    assert not any(set(groups[fit]) & set(groups[test]) for fit, test in folds.pairs)
    assert sorted(np.concatenate([test for _, test in folds.pairs])) == list(range(60))


def test_every_row_is_predicted_from_earlier_ones():
    times = np.random.default_rng(0).permutation(60).astype(float)
    folds = folds_of(examples(times=times), Task.BINARY, 5, 0)
    assert all(times[fit].max() < times[test].min() for fit, test in folds.pairs)
    assert "by time" in folds.protocol


def test_time_with_groups_keeps_groups_apart():
    groups = (np.arange(60) % 6).astype(str)
    folds = folds_of(examples(groups=groups, times=np.arange(60.0)), Task.BINARY, 3, 0)
    assert not any(set(groups[fit]) & set(groups[test]) for fit, test in folds.pairs)


def test_ten_folds_of_little_data_and_five_of_much():
    assert len(folds_of(examples(), Task.BINARY, None, 0).pairs) == 10
    assert len(folds_of(examples(1000), Task.BINARY, None, 0).pairs) == 5
