"""Draw bars as SVG: a row for each, its name to the left, its value behind it."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from unstuck.core.words import measure
from unstuck.show.svg_labels import Box, Labels, Spot
from unstuck.show.svg_marks import pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.figure import Axis, Bar, Bars

TITLE, LOW, LEVELS, BOTTOM, ROW, HALF = 24, 4, 18, 6, 22, 12
"""pixels of the title, of its place where there is none, of the levels' names, below the rows, of a row, and of one of
two bars in a row"""
BOLD = 7.4
"""pixels of an average letter that is set bold"""
WIDE_LETTERS, MORE = "<=>%@&mwMW", 3.4
"""letters that are wider, and by how many pixels"""
NAMES = 0.45
"""share of the width that names may take"""
VALUE = 8
"""letters kept free behind the longest bar"""
VALUE_AND, BESIDE = 0, 4
"""groups of colours"""


def draw_bars(bars: Bars, width: int) -> str:
    """The bars as one ``<svg>`` element of that width, as high as they need."""
    names = [_short(bar.name, int(NAMES * width / BOLD)) for bar in bars.bars]
    left = max((_wide(name) for name in names), default=0.0) + 10
    notes = max([VALUE, *(len(bar.note) for bar in bars.bars if bar.value <= bars.x.low or bar.note)])
    right = width - min(0.55 * width, BOLD * notes + 8)
    row = ROW + HALF if any(bar.beside is not None for bar in bars.bars) else ROW
    top = (TITLE if bars.x.title else LOW) + (LEVELS if bars.levels else 0)
    height = top + row * len(bars.bars) + BOTTOM
    inside = [f'<text class="name" x="0" y="13">{escape(bars.x.title)}</text>'] if bars.x.title else []
    inside += _levels(bars, left, right, Box(0, TITLE - 8, width, top + 2), height)
    for at, (bar, name) in enumerate(zip(bars.bars, names, strict=True)):
        inside += _row(bar, name, bars.x, (left, right), top + row * at)
    inside.append(f'<line class="axis" x1="{pixels(left)}" x2="{pixels(left)}" y1="{top}" y2="{height - BOTTOM}"/>')
    return (
        f'<svg class="bars" viewBox="0 0 {width} {height}" role="img"><title>{escape(bars.title)}</title>'
        f"<desc>{escape(bars.description)}</desc>{''.join(inside)}</svg>"
    )


def _wide(name: str) -> float:
    return BOLD * len(name) + MORE * sum(letter in WIDE_LETTERS for letter in name)


def _row(bar: Bar, name: str, axis: Axis, ends: tuple[float, float], y: int) -> Iterator[str]:
    left, right = ends
    strong = " marked" if bar.marked else ""
    deep = ROW - 6 if bar.beside is None else HALF
    yield f'<text class="row{strong}" x="{pixels(left - 8)}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
    for value, kind, top, said in (
        (bar.value, f"bar c{VALUE_AND}{strong}", y + 3, bar.note), (bar.beside, f"bar c{BESIDE}", y + 4 + HALF, ""),
    ):  # fmt: skip
        if value is None:
            continue
        long = (right - left) * _share(axis, value)
        text = said or measure(value, axis.unit if axis.unit in ("share", "fraction") else "")
        yield f'<rect class="{kind}" x="{pixels(left)}" y="{top}" width="{pixels(long)}" height="{deep}"/>'
        if bar.low is not None and bar.high is not None and value == bar.value:
            low, high = (left + (right - left) * _share(axis, end) for end in (bar.low, bar.high))
            yield _interval(low, high, top + deep / 2)
            long = max(long, high - left)
        yield (
            f'<text class="row{strong if "marked" in kind else ""}" x="{pixels(left + long + 5)}" '
            f'y="{pixels(top + deep / 2 + 4)}">{escape(text)}</text>'
        )


def _interval(low: float, high: float, y: float) -> str:
    ends = "".join(f"M{pixels(x)} {pixels(y - 4)}V{pixels(y + 4)}" for x in (low, high))
    return f'<path class="interval" d="M{pixels(low)} {pixels(y)}H{pixels(high)}{ends}"/>'


def _levels(bars: Bars, left: float, right: float, room: Box, height: int) -> Iterator[str]:
    labels = Labels(room, ())
    for level in bars.levels:
        x = left + (right - left) * _share(bars.x, level.y)
        yield f'<line class="level" x1="{pixels(x)}" x2="{pixels(x)}" y1="{TITLE + 6}" y2="{height - BOTTOM}"/>'
        spots = [Spot(x, TITLE + 2, anchor) for anchor in ("middle", "start", "end")]
        yield labels.place(level.label, "level", spots)


def _share(axis: Axis, value: float) -> float:
    if axis.log:
        if value <= axis.low:
            return 0.0
        return min(1.0, math.log(value / axis.low) / math.log(axis.high / axis.low))
    distance = axis.high - axis.low
    return min(1.0, max(0.0, (value - axis.low) / distance)) if distance > 0 else 0.0


def _short(name: str, most: int) -> str:
    """The name, or its beginning and its end where it is too long: layers differ at both."""
    if len(name) <= most:
        return name
    return f"{name[: most // 2 - 1]}…{name[-(most - most // 2) :]}"
