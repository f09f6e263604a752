"""The order of the examples."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.row_order import row_order
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.order import RowOrder

TITLE = "looking at the order of the examples"
MEASURES: tuple[type[DataEvent], ...] = (RowOrder,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split: nothing depends on the order of held-out data."""
    yield row_order(dataset.train)
