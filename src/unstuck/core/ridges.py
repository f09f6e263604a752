"""Histograms over time as values: one ridge for each sampled step; drawn by `svg_ridges`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstuck.core.figure import Axis, Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """One histogram: heights between edges, as shares of the highest one."""

    step: float
    edges: Numbers
    """(B + 1,)"""
    heights: Numbers
    """(B,) density over the highest density of this ridge"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridges:
    """The histograms of one tensor over time, the earliest first."""

    title: str
    description: str
    x: Axis
    ridges: tuple[Ridge, ...]
    remarks: tuple[str, ...] = ()
