"""Whether neighbourhood and order carry anything."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.structure import structures
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.sequences import Structure

TITLE = "comparing with permuted places"
MEASURES: tuple[type[DataEvent], ...] = (Structure,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split."""
    yield from structures(dataset)
