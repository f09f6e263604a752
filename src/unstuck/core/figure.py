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
    whole: bool = False
    """only whole numbers have a meaning"""

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
    marked: bool = False
    """the one that the figure is about: drawn stronger, in the colour of what is wrong"""
    dashed: bool = False
    """not measured: fitted, or carried on"""
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
class Band:
    """A stretch of the y axis: what is usual, allowed or out of reach; an open end reaches to the frame."""

    low: float
    high: float
    label: str
    bad: bool = False
    """out of reach, in place of usual"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the x axis with a name."""

    low: float
    high: float
    label: str
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From the lowest to the highest of many values at one position."""

    x: float
    low: float
    high: float
    group: int = 0
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A vertical bar at a number of the x axis, as wide as one unit of it."""

    x: float
    y: float
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value that is meant, with what stands beside it."""

    x: float
    y: float
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
    bands: tuple[Band, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    ranges: tuple[Range, ...] = ()
    names: tuple[tuple[int, str], ...] = ()
    """of groups that have ranges and no curve: for the legend"""
    columns: tuple[Column, ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A lying bar with a name."""

    name: str
    value: float
    beside: float | None = None
    """a second value to compare with, of the group ``Bars.beside``"""
    marked: bool = False
    note: str = ""
    """what stands behind it, in place of its value"""
    low: float | None = None
    """ends of the interval of the value, where it has one"""
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A quantity for each of several named things, in their order."""

    title: str
    description: str
    x: Axis
    bars: tuple[Bar, ...]
    levels: tuple[Level, ...] = ()
    """values of the x axis to compare with"""
    groups: tuple[str, ...] = ()
    """the names of ``value`` and of ``beside``, where both are drawn"""
