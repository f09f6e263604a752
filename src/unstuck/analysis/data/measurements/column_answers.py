"""Inputs that hold the answer."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.column_answers import column_answers
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.token_answers import token_answers
from unstuck.record.events.data.answers import ColumnAnswer
from unstuck.record.events.data.base import DataEvent

TITLE = "predicting the target from single columns"
MEASURES: tuple[type[DataEvent], ...] = (ColumnAnswer,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split."""
    yield from (column_answers if dataset.train.tokens is None else token_answers)(dataset.train)


measure_run = measure
