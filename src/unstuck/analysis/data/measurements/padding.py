"""Padding of sequences."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.padding import padding
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.sequences import Padding

TITLE = "padding"
MEASURES: tuple[type[DataEvent], ...] = (Padding,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of each split."""
    for sample in dataset.samples:
        found = padding(sample)
        if found is not None:
            yield found


measure_run = measure
