"""Inputs that hold the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAnswer(DataEvent):
    """How well the best single columns predict the target."""

    kind: ClassVar[str] = "column_answer"
    since: ClassVar[int] = 2
    column: str
    target: str = ""
    score: float = 0.0
    """of a tree on this column alone, out of fold: accuracy, or of a number the share of its variance (η²)"""
    is_accuracy: bool = True
    majority: float = 0.0
    """accuracy of a constant prediction; 0 for a number"""
    next_column: str = ""
    next_score: float = 0.0
    """of the best column that is clearly worse; 0 where there is none"""
    one_to_one: bool = False
    """each value of the column has one target and each target one value"""
    looked_at: int = 0
    least_accuracy: float | None = None
    """lower bound of the accuracy with so many examples; None for a number"""
    tokens: bool = False
    """``column`` names tokens of sequences, at most one for each class"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceAnswer(DataEvent):
    """How often a target sequence repeats its input sequence, at the shift where it does so most."""

    kind: ClassVar[str] = "sequence_answer"
    since: ClassVar[int] = 2
    lag: int
    """the target at position t is the input at position t + lag"""
    agreement: float
    """share of the positions at which it is so; padding does not count"""
    elsewhere: float = 0.0
    """the largest agreement at another shift"""
    looked_at: int = 0
    """sequences"""
