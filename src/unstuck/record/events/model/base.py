"""What every event of an evaluation has, what was evaluated, and what could not be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Task
from unstuck.record.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvent(Event):
    """A fact about a trained model on data.

    The first line of a subclass's docstring says what a rule lacks without it. A field ``rows`` holds positions in the
    split that was predicted, worst first, at most `MOST_ROWS`.
    """


MOST_ROWS = 1000
"""positions that an event keeps"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated(ModelEvent):
    """Something that could not be measured, and why."""

    kind: ClassVar[str] = "not_evaluated"
    since: ClassVar[int] = 2
    what: str
    """kind of the event"""
    why: str
    broke: bool = False
    """a measurement raised: a defect of unstuck"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(ModelEvent):
    """What was evaluated, on what."""

    kind: ClassVar[str] = "evaluated"
    since: ClassVar[int] = 2
    model: str
    """its class, or the file of its predictions"""
    split: int = 0
    """id of the split that was predicted"""
    task: Task = Task.NONE
    classes: tuple[str, ...] = ()
    """names in the order of the outputs"""
    examples: int = 0
    scored: int = 0
    """labels that were compared: more than the examples where each pixel or position has one"""
    unit: str = "example"
    """what has a label: ``example``, ``pixel`` or ``position``"""
    metric: str = "accuracy"
    """that decides"""
    metric_given: bool = False
    """the user chose it"""
    positive: int = 1
    """binary: number of the class that average precision is about, the rarer one"""
    outputs: str = ""
    """how the outputs were read, in words"""
    device: str = "cpu"
    notes: tuple[str, ...] = ()
    """what is to be known of how it was evaluated"""
