"""Small histograms as values: one or two distributions over one axis, several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstuck.core.figure import Moment, Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """One distribution: ``heights[i]`` from ``edges[i]`` to ``edges[i + 1]``."""

    name: str
    edges: Numbers
    heights: Numbers
    """share of the values for each unit of the axis, so that bins of several widths compare"""
    marked: bool = False
    """the one that is meant, drawn as a line in the colour of what is wrong"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Distributions over one axis."""

    title: str
    description: str
    steps: tuple[Steps, ...]
    note: str = ""
    """what stands below: type, missing values"""
    moments: tuple[Moment, ...] = ()
    """values that have a name"""

    @property
    def low(self) -> float:
        """Where the axis begins."""
        return min(steps.edges[0] for steps in self.steps)

    @property
    def high(self) -> float:
        """Where the axis ends."""
        return max(steps.edges[-1] for steps in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histograms:
    """Several histograms with one legend."""

    title: str
    description: str
    panels: tuple[Histogram, ...]
