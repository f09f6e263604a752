"""Unknown words and tokens."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.unknown_tokens import unknown_tokens
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.sequences import UnknownTokens

TITLE = "unknown words"
MEASURES: tuple[type[DataEvent], ...] = (UnknownTokens,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of each split."""
    yield from unknown_tokens(dataset)


measure_run = measure
