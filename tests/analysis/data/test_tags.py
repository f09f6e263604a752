"""Several labels for each example: forgotten ones, and ones that are numbered otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.label_agreement import tag_labels
from unstuck.analysis.data.measurements import label_agreement, label_encoding, label_noise
from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.record.events.data.labels import LabelAgreement, LabelIssue, LabelNoise, LabelProblem

N, M, TAGS = 900, 500, 4


def drawn(seed=0):
    """Each tag by one word, which tells it nearly always; words are in a third of the texts."""
    random = np.random.default_rng(seed)
    x = (random.random((N + M, 12)) < 0.33).astype(float) + 0.05 * random.normal(size=(N + M, 12))
    y = (x[:, :TAGS] > 0.5).astype(float)
    flipped = random.random(y.shape) < 0.02
    return x, np.where(flipped, 1 - y, y), random


def sample(split, x, y):
    columns = tuple(
        Column(name=f"c{at}", type=ColumnType.NUMBER, values=x[:, at].copy()) for at in range(x.shape[1])
    )
    names = tuple(map(str, range(y.shape[1])))
    target = Target(names=names, task=Task.MULTI_LABEL, classes=names, values=y, as_given=y)
    return Sample(split=split, name=str(split), form=Form.TABLE, rows=np.arange(len(x)), columns=columns, target=target)


def data(x, y):
    return DataSet(samples=(sample(0, x[:N], y[:N]), sample(1, x[N:], y[N:])))


def noise(x, y):
    (found,) = (event for event in label_noise.measure_run(data(x, y)) if isinstance(event, LabelNoise))
    return found


def test_forgotten_tags_and_their_examples():
    x, y, random = drawn()
    at = random.choice(np.flatnonzero(y[:N, 1]), 100, replace=False)
    true = 100 / y[:N, 1].sum()
    y[at, 1] = 0
    found = noise(x, y)
    assert found.tags == ("1",)
    assert found.forgotten[0] == pytest.approx(true, abs=0.08)
    assert len(set(found.rows) & set(at)) >= 0.8 * max(len(found.rows), 100)
    assert set(found.likely) == {"1"}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_forgotten_in_sound_data(seed):
    x, y, _ = drawn(seed)
    assert noise(x, y).tags == ()


def test_a_tag_that_is_more_frequent_in_held_out_data_is_not_forgotten():
    x, y, random = drawn(1)
    y[:, 0] = random.random(N + M) < np.where(x[:, 0] > 0.5, 0.6, 0.1)
    mine, theirs = np.arange(N), N + np.arange(M)
    theirs = np.concatenate([theirs[y[theirs, 0] == 1], random.choice(theirs[y[theirs, 0] == 0], 50, replace=False)])
    found = DataSet(samples=(sample(0, x[mine], y[mine]), sample(1, x[theirs], y[theirs])))
    (event,) = (one for one in label_noise.measure_run(found) if isinstance(one, LabelNoise))
    assert event.tags == ()


def problems(x, y):
    return [one for one in label_encoding.measure_run(data(x, y)) if isinstance(one, LabelProblem)]


def test_tags_in_another_order():
    x, y, _ = drawn()
    assert problems(x, y) == []
    y[N:] = np.roll(y[N:], 1, axis=1)
    (found,) = problems(x, y)
    assert found.issue is LabelIssue.PERMUTED
    assert dict(zip(found.labels[::2], found.labels[1::2], strict=True)) == {"0": "3", "1": "0", "2": "1", "3": "2"}
    assert found.agreement < 0.5
    assert found.agreement_after > 0.9


def test_tags_that_nothing_tells_are_not_exchanged():
    x, y, random = drawn()
    y[:, 1:] = random.random((N + M, TAGS - 1)) < 0.3
    assert problems(x, y) == []


def test_tags_one_row_after_their_inputs():
    x, y, _ = drawn()
    y[:N] = np.roll(y[:N], 1, axis=0)
    found = next(one for one in label_agreement.measure_run(data(x, y)) if isinstance(one, LabelAgreement))
    assert found.lag == 1
    assert found.z < 4
    assert found.lag_z > 8


def test_agreement_of_tags_is_their_mean_product():
    values = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    labels = tag_labels(values)
    expected = (labels.values[[0]] * labels.values[[1, 2]]).mean()
    assert labels.agree(labels.values[[0]], labels.values[[[1, 2]]])[0] == pytest.approx(expected)
    assert labels.kinds.tolist() == [4] * 4
