"""The frame of a drawing: from values to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstuck.core.figure import Axis


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels of the whole drawing, and of its margins."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Frame:
    """From values to pixels."""

    size: Size
    x: Axis
    y: Axis

    def across(self, value: float) -> float:
        inner = self.size.width - self.size.left - self.size.right
        return self.size.left + inner * _share(self.x, value)

    def up(self, value: float) -> float:
        inner = self.size.height - self.size.top - self.size.bottom
        return self.size.height - self.size.bottom - inner * _share(self.y, value)

    @property
    def floor(self) -> int:
        return self.size.height - self.size.bottom

    @property
    def right(self) -> int:
        return self.size.width - self.size.right


def _share(axis: Axis, value: float) -> float:
    low, high = axis.low, axis.high
    if axis.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    # Halved, because the distance between two large numbers may be no number.
    distance = high / 2 - low / 2
    return (value / 2 - low / 2) / distance if distance > 0 else 0.5
