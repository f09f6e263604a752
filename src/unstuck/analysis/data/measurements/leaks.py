"""What held-out splits share with the training split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.image_overlaps import image_overlaps
from unstuck.analysis.data.leaks import shared_examples, shared_groups, time_orders
from unstuck.analysis.data.overlaps import overlaps
from unstuck.analysis.data.sample import UNEVEN, DataSet
from unstuck.analysis.data.siblings import shared_objects
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.copies import SharedExamples, SharedGroups, TimeOrder

TITLE = "comparing splits example by example"
MEASURES: tuple[type[DataEvent], ...] = (SharedExamples, SharedGroups, TimeOrder)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Shared examples, groups, and the order in time."""
    if not dataset.held_out:
        raise TooLittle("a held-out split")
    yield from shared_examples(dataset)
    windows = (overlaps(dataset.train, sample) for sample in dataset.held_out)
    yield from (event for event in windows if event is not None)
    patches = (image_overlaps(dataset.train, sample) for sample in dataset.held_out)
    yield from (event for event in patches if event is not None)
    readings = (shared_objects(dataset, number) for number in range(1, len(dataset.samples)))
    yield from (event for event in readings if event is not None)
    yield from shared_groups(dataset)
    yield from time_orders(dataset)


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """The same, unless the training examples that were seen are no random part."""
    if dataset.train.uneven:
        raise TooLittle(UNEVEN)
    yield from measure(dataset)
