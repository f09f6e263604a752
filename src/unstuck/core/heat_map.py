"""A heat map as values: rows over time; computed by `figures.heat_maps`, drawn by `svg_heat`, tested as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstuck.core.figure import Axis, Numbers

Cells = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """R rows, the first on top, and C columns of time."""

    title: str
    description: str
    x: Axis
    scale: Axis
    """what a colour means; a diverging one reaches as far below zero as above it"""
    rows: tuple[str, ...]
    """(R,) names"""
    edges: Numbers
    """(C + 1,) where on the x axis each column begins, and where the last one ends"""
    cells: Cells
    """(R, C); None where nothing was measured, NaN where what was measured is not a number"""
    columns: tuple[str, ...] = ()
    """(C,) names, where the columns are no stretches of time"""
    diverging: bool = False
    clipped: bool = False
    """some values lie beyond the ends of the scale, and have the colour of its end"""
    how: str = ""
    """how to read it"""
    remarks: tuple[str, ...] = ()
    """sentences on what is unusual in this one"""
