"""What every event has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Number = float | None
"""a number that may not have been measured"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a recorder saw."""

    kind: ClassVar[str]
    """the name of the kind in the file"""
    since: ClassVar[int] = 1
    """the first schema version that has it"""
    step: int = 0
    """backward calls made before it"""
    time: float = 0.0
    """seconds since the part began"""
