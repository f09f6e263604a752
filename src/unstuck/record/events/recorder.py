"""The recorder itself: what it could not see, what failed, how the process ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from unstuck.record.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Event):
    """Something that the recorder cannot see; every answer says so."""

    kind: ClassVar[str] = "note"
    text: str = ""
    training: bool = False
    """a whole training was not recorded (since schema 2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Event):
    """The recorder failed, and recording ended."""

    kind: ClassVar[str] = "failure"
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingFailure(Event):
    """Measuring a sampled step failed: no more sampled steps, losses and steps are recorded on."""

    kind: ClassVar[str] = "sampling_failure"
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Event):
    """The last event of a part: how the process ended, and what watching cost."""

    kind: ClassVar[str] = "end"
    ended: str | None = None
    """``finished``, ``exception`` or ``interrupted``"""
    exception: str | None = None
    """class of the uncaught exception"""
    message: str | None = None
    file: str | None = None
    line: int | None = None
    traceback: tuple[tuple[str, int, str], ...] = ()
    """(file, line, function) of each frame, the innermost last"""
    steps: Mapping[int, int] = field(default_factory=dict)
    """optimiser id → steps"""
    spent: float = 0.0
    """CPU seconds that sampled steps took"""
    windows: int = 0
    """number of sampled steps"""
    dropped_events: int = 0
    detached: int = 0
    """losses that carried no gradient"""
    pending: int = 0
