"""Whether classes fall into far-apart clusters."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.class_clusters import class_clusters
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.groups import ClassClusters

TITLE = "looking for clusters inside classes"
MEASURES: tuple[type[DataEvent], ...] = (ClassClusters,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split."""
    yield from class_clusters(dataset)
