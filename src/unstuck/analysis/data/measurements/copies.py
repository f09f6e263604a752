"""Copies within each split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.copies import duplicates
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.copies import Duplicates

TITLE = "comparing examples"
MEASURES: tuple[type[DataEvent], ...] = (Duplicates,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Exact and near copies."""
    yield from duplicates(dataset)


measure_run = measure
