"""What was seen of the examples that passed through a training: held-out figures, and how each example was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Event, Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPass(DataEvent):
    """Passes over held-out data."""

    kind: ClassVar[str] = "held_out_pass"
    since: ClassVar[int] = 2
    training: int = 0
    loss: Number = None
    """mean over the examples that were looked at, by the loss function of the training"""
    accuracy: Number = None
    """of the class with the largest output"""
    looked_at: int = 0
    """examples"""
    function: str | None = None
    """canonical name of the loss function"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleDynamics(DataEvent):
    """How each example was learned over the epochs."""

    kind: ClassVar[str] = "example_dynamics"
    since: ClassVar[int] = 2
    positions: tuple[int, ...] = ()
    """in the split, ascending"""
    labels: tuple[int, ...] = ()
    """number of the class of each"""
    probability: tuple[float, ...] = ()
    """of that class, mean over the visits"""
    spread: tuple[float, ...] = ()
    """standard deviation of that probability over the visits"""
    right: tuple[int, ...] = ()
    """visits at which it had the largest probability"""
    visits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotExamined(Event):
    """The examples that passed were not examined."""

    kind: ClassVar[str] = "not_examined"
    since: ClassVar[int] = 2
    why: str
    """in words"""
    broke: bool = False
    """the examination failed; ``why`` holds the exception"""
