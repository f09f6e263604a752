"""Rules of thumb for a first network on this data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(DataEvent):
    """Rules of thumb for this data."""

    kind: ClassVar[str] = "advice"
    since: ClassVar[int] = 2
    topic: str
    """``kind of network``, ``hidden units``, ``depth``, ``batch size``, ``examples``, ``scaling``, ``classes``"""
    text: str = ""
    """in words, with the numbers of this data"""
    basis: str = ""
    """the rule of thumb, in general words"""
    source: str = ""
    low: int | None = None
    high: int | None = None
    """of what is advised in numbers"""
