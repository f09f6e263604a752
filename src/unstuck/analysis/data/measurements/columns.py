"""Single columns: missing values, outliers, skew, gaps, columns that follow from others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.gaps import column_gaps
from unstuck.analysis.data.missing import missing_values
from unstuck.analysis.data.redundant import redundant_columns
from unstuck.analysis.data.rounding import rounded_columns
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.skew import outlying_columns, skewed_columns
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.values import ColumnsExamined

TITLE = "columns"
MEASURES = (ColumnsExamined,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """What stands out in each column of each split."""
    for sample in dataset.samples:
        if sample.columns:
            yield from missing_values(sample)
            yield from outlying_columns(sample)
            yield from skewed_columns(sample)
            yield from column_gaps(sample)
            yield from redundant_columns(sample)
            yield from rounded_columns(sample)
            yield ColumnsExamined(split=sample.split, columns=len(sample.columns), looked_at=len(sample))


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """Values that are missing, or stand for missing ones, and the profiles of these columns without their values."""
    for sample in dataset.samples:
        if not sample.columns:
            continue
        columns = {column.name: column for column in sample.columns}
        found = list(missing_values(sample))
        for event in found:
            column = columns.pop(event.name, None)
            if column is not None:
                missing, infinite = int(np.isnan(column.values).sum()), int(np.isinf(column.values).sum())
                yield ColumnProfile(
                    split=sample.split, name=column.name, type=column.type, count=len(sample) - missing,
                    missing=missing, infinite=infinite,
                )  # fmt: skip
        yield from found
        yield ColumnsExamined(split=sample.split, columns=len(sample.columns), looked_at=len(sample))
