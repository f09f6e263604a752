"""What a figure may have beside its curves: bands, stretches, ranges, columns, points."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from unstuck.show.svg_labels import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.figure import Band, Figure
    from unstuck.show.svg_frame import Frame
    from unstuck.show.svg_labels import Labels

HALF_RANGE = 2.5
"""pixels to either side of a range"""
GAP = 1.5
"""pixels between two columns"""


def pixels(value: float) -> str:
    """A length with one decimal, or none."""
    return f"{value:.1f}".removesuffix(".0")


def behind(frame: Frame, figure: Figure) -> Iterator[str]:
    """What lies under the curves."""
    for band in figure.bands:
        top, bottom = _ends(frame, band)
        kind = "band bad" if band.bad else "band"
        yield _rect(kind, frame.size.left, top, frame.right - frame.size.left, bottom - top)
    for stretch in figure.stretches:
        left, right = frame.across(max(stretch.low, figure.x.low)), frame.across(min(stretch.high, figure.x.high))
        kind = "band bad" if stretch.bad else "band"
        yield _rect(kind, left, frame.size.top, right - left, frame.floor - frame.size.top)


def marks(frame: Frame, figure: Figure) -> Iterator[str]:
    """Columns, ranges and points."""
    for column in figure.columns:
        left, right = frame.across(column.x - 0.5), frame.across(column.x + 0.5)
        gap = min(GAP, (right - left) / 4)
        top = frame.up(column.y)
        kind = "column marked" if column.marked else "column"
        yield _rect(kind, left + gap, top, right - left - 2 * gap, frame.floor - top)
    for one in figure.ranges:
        half = HALF_RANGE if len(figure.ranges) > 2 else 4 * HALF_RANGE
        top, bottom = frame.up(one.high), frame.up(one.low)
        kind = "range marked" if one.marked else f"range c{one.group}"
        yield _rect(kind, frame.across(one.x) - half, top - 0.75, 2 * half, bottom - top + 1.5)
    for point in figure.points:
        yield f'<circle class="meant" cx="{pixels(frame.across(point.x))}" cy="{pixels(frame.up(point.y))}" r="5"/>'


def words(frame: Frame, figure: Figure, labels: Labels) -> Iterator[str]:
    """What stands beside points, in bands and in stretches."""
    for point in figure.points:
        x, y = frame.across(point.x), frame.up(point.y)
        yield labels.place(
            point.label,
            "meant",
            [Spot(x + side * 9, y + up, anchor) for up in (4, -8, 17) for side, anchor in ((1, "start"), (-1, "end"))],
        )
    for band in figure.bands:
        top, bottom = _ends(frame, band)
        heights = ((top + bottom) / 2 + 4, bottom - 4, top + 12)
        middle = (frame.size.left + frame.right) / 2
        spots = [
            Spot(x, y, anchor)
            for y in heights
            for x, anchor in ((frame.right - 4, "end"), (frame.size.left + 4, "start"), (middle, "middle"))
        ]
        yield labels.place(band.label, "band bad" if band.bad else "band", spots)
    for stretch in figure.stretches:
        left, right = frame.across(max(stretch.low, figure.x.low)), frame.across(min(stretch.high, figure.x.high))
        spots = [
            Spot(x, y, anchor)
            for y in (frame.size.top + 13, frame.size.top + 28, frame.floor - 6)
            for x, anchor in (((left + right) / 2, "middle"), (left + 3, "start"), (right - 3, "end"))
        ]
        yield labels.place(stretch.label, "band bad" if stretch.bad else "band", spots)


def _ends(frame: Frame, band: Band) -> tuple[float, float]:
    """Top and bottom in pixels, cut at the frame."""
    high, low = min(band.high, frame.y.high), max(band.low, frame.y.low)
    return frame.up(high), frame.up(max(low, min(low, high)))


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{escape(kind)}" x="{pixels(x)}" y="{pixels(y)}" width="{pixels(max(0.0, width))}" '
        f'height="{pixels(max(0.0, height))}"/>'
    )
