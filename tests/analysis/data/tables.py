"""Tables for tests of facts about columns."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Column, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task


def table(*, rows=None, target=None, **columns):
    """A sample of named columns: arrays of numbers, or lists of names."""
    made = tuple(
        Column(name=name, type=ColumnType.CATEGORY, values=np.array(values, dtype=object))
        if isinstance(values, list)
        else Column(name=name, type=ColumnType.NUMBER, values=np.asarray(values, dtype=np.float64))
        for name, values in columns.items()
    )
    count = len(made[0].values)
    at = np.arange(count) if rows is None else np.asarray(rows)
    return Sample(split=0, name="train", form=Form.TABLE, rows=at, columns=made, target=target)


def numbers_to_predict(**columns):
    """Regression targets by their names."""
    return Target(names=tuple(columns), task=Task.REGRESSION, values=np.stack(list(columns.values()), axis=1))


def classes_to_predict(codes, names):
    return Target(names=("y",), task=Task.MULTI_CLASS, classes=tuple(names), codes=np.asarray(codes))
