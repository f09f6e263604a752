"""Readings of one object on both sides of a split."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.measurements import leaks, shift
from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.analysis.data.siblings import alike, shared_objects
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.record.events.data.copies import Sameness, SharedExamples
from unstuck.record.events.data.shift import DomainShift


def sample(split, x, y):
    columns = tuple(Column(name=f"c{at}", type=ColumnType.NUMBER, values=x[:, at].copy()) for at in range(x.shape[1]))
    target = Target(names=("y",), task=Task.BINARY, classes=("0", "1"), codes=y, as_given=y)
    return Sample(split=split, name=str(split), form=Form.TABLE, rows=np.arange(len(x)), columns=columns, target=target)


def objects(each, random, count=240, spread=0.1):
    """So many readings of each object; the label is told with much doubt. (inputs, labels, objects)"""
    middle = random.normal(size=(count, 8))
    y = (middle[:, 0] + 1.5 * random.normal(size=count) > 0).astype(int)
    x = np.repeat(middle, each, axis=0)
    return x + spread * random.normal(size=x.shape), np.repeat(y, each), np.repeat(np.arange(count), each)


def split(x, y, held):
    return DataSet(samples=(sample(0, x[~held], y[~held]), sample(1, x[held], y[held])))


@pytest.mark.parametrize("each", [3, 5])
def test_readings_dealt_at_random_leak(each):
    random = np.random.default_rng(each)
    x, y, which = objects(each, random)
    held = random.random(len(y)) < 0.25
    there = np.isin(which[held], which[~held]).mean()
    found = shared_objects(split(x, y, held), 1)
    assert found is not None
    assert found.count / found.looked_at == pytest.approx(there, abs=0.12)
    measured = [event for event in leaks.measure(split(x, y, held)) if isinstance(event, SharedExamples)]
    assert Sameness.OF_ONE_OBJECT in [event.sameness for event in measured]


def test_whole_objects_held_out_do_not_leak_and_nobody_recognises_them():
    x, y, which = objects(4, np.random.default_rng(5))
    data = split(x, y, which >= 190)
    assert alike(data)[0].of_one_object
    assert shared_objects(data, 1) is None
    assert not [event for event in shift.measure(data) if isinstance(event, DomainShift)]


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_single_readings_are_no_siblings(spread):
    random = np.random.default_rng(1)
    x, y, _ = objects(1, random, count=700)
    x[:, 1:] *= spread  # one column tells all there is, or eight
    held = random.random(len(y)) < 0.3
    assert not alike(split(x, y, held))[0].of_one_object
