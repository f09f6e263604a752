"""Resolution of images."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.resolution import resolution
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.resolution import Resolution

TITLE = "resolution of images"
MEASURES: tuple[type[DataEvent], ...] = (Resolution,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split: all splits have the same."""
    yield resolution(dataset.train)
