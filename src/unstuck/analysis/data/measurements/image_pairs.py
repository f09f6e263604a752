"""Images and targets that are images."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.image_pairs import image_pairs
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.pairs import ImagePairs

TITLE = "images and their targets"
MEASURES: tuple[type[DataEvent], ...] = (ImagePairs,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every split."""
    for sample in dataset.samples:
        yield image_pairs(sample)


measure_run = measure
