"""How many examples there are for what is to be learned, and the scale of the targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.record.events.data.amounts import ExampleCounts, TargetScale
from unstuck.record.events.data.base import MOST_ROWS

MOST_CLASSES = 50


def example_counts(sample: Sample) -> ExampleCounts:
    """Of the examples that are looked at."""
    numbers = [column for column in sample.columns if column.type in (ColumnType.NUMBER, ColumnType.CATEGORY)]
    inputs = len(numbers) if sample.form is Form.TABLE else 0
    if sample.codes is None or sample.target is None:
        return ExampleCounts(split=sample.split, examples=len(sample), inputs=inputs)
    counts = np.bincount(sample.codes[sample.codes >= 0], minlength=len(sample.target.classes))
    order = np.argsort(counts, kind="stable")
    here = [int(at) for at in order if counts[at]]
    smallest = sample.rows[sample.codes == here[0]][:MOST_ROWS] if here else sample.rows[:0]
    return ExampleCounts(
        split=sample.split, examples=len(sample), inputs=inputs, rows=tuple(smallest.tolist()),
        classes=tuple((sample.target.classes[at], int(counts[at])) for at in here[:MOST_CLASSES]),
        class_count=len(here), median_class=float(np.median(counts[here])) if here else 0.0,
    )  # fmt: skip


def target_scales(sample: Sample) -> Iterator[TargetScale]:
    """Of each target of a regression."""
    target = sample.target
    if target is None or target.task is not Task.REGRESSION or target.values is None:
        return
    for name, column in zip(target.names, target.values.T, strict=False):
        values = column[np.isfinite(column)]
        if len(values) >= 2:
            yield TargetScale(
                split=sample.split, name=name, mean=float(values.mean()), std=float(values.std()),
                least=float(values.min()), greatest=float(values.max()), looked_at=len(values),
            )  # fmt: skip
