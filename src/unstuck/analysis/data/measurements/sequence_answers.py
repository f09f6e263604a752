"""Target sequences that repeat their input."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.sequence_answers import sequence_answer
from unstuck.record.events.data.answers import SequenceAnswer
from unstuck.record.events.data.base import DataEvent

TITLE = "comparing target sequences with inputs"
MEASURES: tuple[type[DataEvent], ...] = (SequenceAnswer,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split."""
    yield sequence_answer(dataset.train)


measure_run = measure
