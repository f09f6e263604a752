"""Where words stand in a drawing: each in the place, of those offered, that covers least."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LETTER, LINE = 6.3, 14.0
"""pixels of an average letter, and of a line"""
ON_ANOTHER, BEYOND = 1e3, 1e5
"""what it costs to stand on another word, or beyond the frame; a value that is covered costs 1"""


class Spot(NamedTuple):
    """Where a word may begin, be centred or end: ``y`` is its baseline."""

    x: float
    y: float
    anchor: str = "start"


class Box(NamedTuple):
    """What a word covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.left < x < self.right and self.top < y < self.bottom


@dataclass
class Labels:
    """The words of one drawing, placed one after the other."""

    frame: Box
    drawn: Sequence[tuple[float, float]]
    """points that words had better not cover"""
    taken: list[Box] = field(default_factory=list)

    def place(self, text: str, kind: str, spots: Iterable[Spot]) -> str:
        """The word as ``<text>``; of equally good places the first."""
        found = min(spots, key=lambda spot: self._cost(_box(text, spot)))
        self.taken.append(_box(text, found))
        x, y = (f"{value:.1f}".removesuffix(".0") for value in found[:2])
        return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{found.anchor}">{escape(text)}</text>'

    def _cost(self, box: Box) -> float:
        frame = self.frame
        across = max(frame.left - box.left, box.right - frame.right)
        outside = max(0.0, across, frame.top - box.top, box.bottom - frame.bottom)
        on_others = sum(box.meets(other) for other in self.taken)
        return outside * BEYOND + on_others * ON_ANOTHER + sum(box.holds(x, y) for x, y in self.drawn)


def _box(text: str, spot: Spot) -> Box:
    width = LETTER * len(text)
    left = spot.x - {"start": 0.0, "middle": width / 2, "end": width}[spot.anchor]
    return Box(left, spot.y - LINE + 3, left + width, spot.y + 3)
