"""How a training put its examples into batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMix(DataEvent):
    """The batches of a training."""

    kind: ClassVar[str] = "batch_mix"
    since: ClassVar[int] = 2
    looked_at: int
    """batches"""
    size: float
    """examples of a batch, median"""
    of_one_class: int = 0
    """batches of two examples or more with a single class"""
    expected: float = 0.0
    """how many of them there would be if examples were drawn at random"""
    repeated: int = 0
    """batches that were drawn anew, and hold the very examples of the one before"""
    distinct: int = 0
    """different examples in all batches that were looked at"""
    visits: int = 0
    """examples in all of them, counted as often as they were drawn"""
    available: int | None = None
    """examples of the loader's data set"""
