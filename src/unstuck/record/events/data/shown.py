"""Single examples that a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


class Why(StrEnum):
    """Why an example is shown."""

    RANDOM = "random"
    """drawn at random, to look at the data first"""
    CONCERNED = "concerned"
    """a finding is about it"""
    BATCH = "batch"
    """in a batch of a loader, as the network receives it, after augmentation"""
    ANNOTATE = "annotate"
    """to be labelled by a person"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExample(DataEvent):
    """Examples to look at."""

    kind: ClassVar[str] = "shown_example"
    since: ClassVar[int] = 2
    row: int
    """position in the split; of a batch the position in the batch"""
    why: Why = Why.RANDOM
    batch: int | None = None
    """number of the batch, from 0"""
    name: str = ""
    """path of its file, or its key"""
    label: str | None = None
    """as the data has it"""
    cells: tuple[tuple[str, str], ...] = ()
    """(column, value as text) of a row, at most 40"""
    text: str = ""
    """of a text example, cut to 600 characters"""
    image: str = ""
    """PNG in base64, at most 96 pixels wide or high"""
