"""Which way up the images of held-out splits are."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.layout import orientations
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.layout import Orientation

TITLE = "orientation of images"
MEASURES: tuple[type[DataEvent], ...] = (Orientation,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every held-out split."""
    yield from orientations(dataset)


measure_run = measure
