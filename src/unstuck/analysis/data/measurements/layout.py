"""Axes of images."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.layout import layout
from unstuck.analysis.data.sample import DataSet
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.layout import Layout
from unstuck.record.events.data.splits import NotMeasured

TITLE = "axes of images"
MEASURES: tuple[type[DataEvent], ...] = (Layout,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every split."""
    for sample in dataset.samples:
        try:
            yield layout(sample)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=Layout.kind, why=str(reason))


measure_run = measure
