"""What stands in a column in place of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(DataEvent):
    """Marks of missing values, such as '?'.

    They were read as missing. Counts are of all rows of the split.
    """

    kind: ClassVar[str] = "marks"
    since: ClassVar[int] = 2
    column: str
    marks: tuple[tuple[str, int], ...] = ()
    """marks and how often each stands there, the most frequent first"""
    unreadable: tuple[tuple[str, int], ...] = ()
    """texts in a column of numbers, the most frequent first, at most 20"""
    marked: int = 0
    """values that are marks"""
    not_numbers: int = 0
    """values that are texts in a column of numbers"""
    rows: tuple[int, ...] = ()
    """where marks and texts stand"""
