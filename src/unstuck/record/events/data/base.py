"""What every event about a data set has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEvent(Event):
    """A fact about one split of a data set.

    The first line of a subclass's docstring says what a rule lacks without it.

    A field ``rows`` holds positions in the split, worst first, at most `MOST_ROWS`; a field ``other_rows`` beside it
    positions in the split ``other`` (the same split if that is None), one for each of ``rows``. The producer keeps
    what a report shows of these examples.
    """

    forms: ClassVar[tuple[Form, ...]] = tuple(Form)
    """forms of examples of which it can be measured; a rule that needs it does not concern others"""

    split: int
    """id of the split"""


MOST_ROWS = 1000
"""positions that an event keeps"""
