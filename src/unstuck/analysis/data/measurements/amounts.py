"""Numbers of examples, and the scale of the targets of a regression."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.amounts import example_counts, target_scales
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.amounts import ExampleCounts
from unstuck.record.events.data.base import DataEvent

TITLE = "numbers of examples"
MEASURES = (ExampleCounts,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of each split."""
    for sample in dataset.samples:
        yield example_counts(sample)
        yield from target_scales(sample)


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """The scales of several targets: the loss of a run says whether a single one has a suited scale."""
    target = dataset.train.target
    if target is not None and len(target.names) > 1:
        yield from target_scales(dataset.train)
