"""Single columns: missing values, outliers, skew, gaps, columns that follow from others."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.gaps import column_gaps
from unstuck.analysis.data.missing import missing_values
from unstuck.analysis.data.redundant import redundant_columns
from unstuck.analysis.data.rounding import rounded_columns
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.skew import outlying_columns, skewed_columns
from unstuck.record.events.data.base import DataEvent
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
