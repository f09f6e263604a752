"""How images lie in memory, and which way up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(DataEvent):
    """Roughness of the images as they are read and with other axes.

    Roughness: mean squared difference of neighbouring pixels / twice the variance within an image; 1 for noise.
    """

    kind: ClassVar[str] = "layout"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGE,)
    looked_at: int = 0
    shape: tuple[int, ...] = ()
    """as they are read: height, width, channels"""
    roughness: float = 0.0
    other_reading: str | None = None
    """the reading of the same memory with which they are smoothest; None where there is no other"""
    other_roughness: Number = None
    down: Number = None
    """roughness from row to row"""
    across: Number = None
    """roughness from column to column"""
    between_examples: Number = None
    """roughness from example to example; None where the examples do not follow each other"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation(DataEvent):
    """How held-out images must lie to be most like those of the training split."""

    kind: ClassVar[str] = "orientation"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGE,)
    other: int = 0
    """the training split"""
    looked_at: int = 0
    best: str = ""
    distance: float = 0.0
    """mean distance to the nearest training image as they are"""
    best_distance: float = 0.0
    """and laid in the best way"""
    z: float = 0.0
    """paired difference of the two in standard errors"""
