"""How the predicted split differs from the training split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.measurements import shift
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.base import Event
from unstuck.record.events.data.shift import ColumnShift

TITLE = shift.TITLE
MEASURES: tuple[type[Event], ...] = (ColumnShift,)


def measure(context: Context) -> Iterator[Event]:
    """As an audit of both splits."""
    if not context.has_train or context.dataset is None:
        raise TooLittle("training data (--train)")
    yield from shift.measure(context.dataset)
