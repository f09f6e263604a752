"""How many examples there are, and the scale of what is to be predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCounts(DataEvent):
    """Numbers of examples and of inputs."""

    kind: ClassVar[str] = "example_counts"
    since: ClassVar[int] = 2
    rows: tuple[int, ...] = ()
    """examples of the smallest class"""
    examples: int
    """that are looked at"""
    inputs: int
    """numbers that describe one example; of images and texts 0, because they are not independent of each other"""
    classes: tuple[tuple[str, int], ...] = ()
    """the smallest classes and their examples, at most 50"""
    class_count: int = 0
    median_class: float = 0.0
    """examples of the median class"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetScale(DataEvent):
    """Scales of the targets of a regression."""

    kind: ClassVar[str] = "target_scale"
    since: ClassVar[int] = 2
    name: str
    mean: float
    std: float
    """population standard deviation"""
    least: float
    greatest: float
    looked_at: int
    """values that are present"""
