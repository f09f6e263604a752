"""Data sets: splits and profiles of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Event, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Event):
    """A data set, or one split of it."""

    kind: ClassVar[str] = "split"
    since: ClassVar[int] = 2
    id: int
    name: str = "train"
    """``train``, ``val``, ``test``, or the user's own name"""
    source: str = ""
    """the file or object that it was read from"""
    rows: int = 0
    """number of examples"""
    target: str | None = None
    """name of the target column"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile(Event):
    """One column of a split in numbers."""

    kind: ClassVar[str] = "column"
    since: ClassVar[int] = 2
    split: int
    name: str
    type: str = "number"
    """``number``, ``category``, ``text`` or ``time``"""
    count: int = 0
    """values that are present"""
    missing: int = 0
    distinct: int | None = None
    mean: Number = None
    std: Number = None
    """population standard deviation"""
    min: Number = None
    max: Number = None
    most_common: str | None = None
    """the most frequent value, as text"""
    most_common_count: int | None = None
