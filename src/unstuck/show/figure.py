"""A figure as values: what is drawn, not how; computed by `figures`, drawn by `svg`, tested as numbers."""

from __future__ import annotations

from dataclasses import dataclass

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What an axis counts, from ``low`` to ``high``."""

    label: str
    low: float
    high: float
    unit: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        """The label with its unit and scale."""
        return self.label + (f" ({self.unit})" if self.unit else "") + (", log scale" if self.log else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line; curves of one ``group`` have one colour."""

    name: str
    group: int
    x: Numbers
    y: Numbers
    faint: bool = False
    """the raw values behind a smoothed curve"""
    dots: bool = False
    """few values: each is marked"""
    line: bool = True
    """the values are joined"""
    hollow: bool = False
    """the marks are rings"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line to compare with."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A vertical line: something happened there."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One point of a curve that has a name, such as the best."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A plot of curves over one axis."""

    title: str
    description: str
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...] = ()
    moments: tuple[Moment, ...] = ()
    marks: tuple[Mark, ...] = ()
    not_numbers: Numbers = ()
    """where on the x axis a value was NaN or infinite"""
