"""Broken examples, and what images are like."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.broken_examples import broken_examples
from unstuck.analysis.data.image_summary import image_summary
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.images import BrokenExamples, ImageSummary

TITLE = "broken examples"
MEASURES: tuple[type[DataEvent], ...] = (BrokenExamples, ImageSummary)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every split."""
    for sample in dataset.samples:
        yield broken_examples(sample)
        if sample.images is not None:
            yield image_summary(sample.split, sample.images)


measure_run = measure
