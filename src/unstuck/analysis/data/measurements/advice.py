"""Rules of thumb for a first network."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.advice import advice
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.advice import Advice
from unstuck.record.events.data.base import DataEvent

TITLE = "advice"
MEASURES: tuple[type[DataEvent], ...] = (Advice,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """For the training split."""
    yield from advice(dataset)
