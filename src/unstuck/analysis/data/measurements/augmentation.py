"""Random transforms of the user's data set."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.augmentation import augmentation
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.record.events.data.base import DataEvent

TITLE = "random transforms"
MEASURES: tuple[type[DataEvent], ...] = (Augmentation,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of every split that the user's code reads."""
    yield from augmentation(dataset)
