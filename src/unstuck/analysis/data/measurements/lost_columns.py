"""Columns that predict the label in training only."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.lost_columns import lost_columns
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.shortcuts import LostColumn

TITLE = "columns that predict the label in training only"
MEASURES: tuple[type[DataEvent], ...] = (LostColumn,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every held-out split."""
    yield from lost_columns(dataset)
