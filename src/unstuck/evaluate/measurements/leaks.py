"""What the predicted split shares with the training split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.measurements import leaks
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.base import Event
from unstuck.record.events.data.copies import SharedExamples

TITLE = leaks.TITLE
MEASURES: tuple[type[Event], ...] = (SharedExamples,)


def measure(context: Context) -> Iterator[Event]:
    """As an audit of both splits."""
    if not context.has_train or context.dataset is None:
        raise TooLittle("training data (--train)")
    yield from leaks.measure(context.dataset)
