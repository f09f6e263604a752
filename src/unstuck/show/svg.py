"""Draw a figure as SVG. Colours are CSS classes, so that one drawing fits light, dark and paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from unstuck.show.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.show.figure import Axis, Curve, Figure


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels of the whole drawing, and of its margins."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


WIDE = Size(640, 260, 54, 12, 24, 30)
NARROW = Size(350, 220, 52, 8, 24, 30)
WIDE_LOW = Size(640, 140, 54, 12, 24, 30)
NARROW_LOW = Size(350, 130, 52, 8, 24, 30)
LABEL_WIDTH, LABEL_HEIGHT = 120, 18
SMALL = Size(150, 34, 2, 5, 4, 4)


@dataclass(frozen=True, slots=True)
class _Frame:
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


def draw(figure: Figure, size: Size) -> str:
    """The figure with its axes, as one ``<svg>`` element."""
    frame = _Frame(size, figure.x, figure.y)
    inside = [
        *_grid(frame), *_levels(frame, figure), *_moments(frame, figure),
        *_curves(frame, figure), *_not_numbers(frame, figure), *_level_labels(frame, figure), *_marks(frame, figure),
    ]  # fmt: skip
    return _svg(figure, size, inside, "plot")


def draw_small(figure: Figure, size: Size = SMALL) -> str:
    """The figure without axes, the size of a word; its last value is marked."""
    frame = _Frame(size, figure.x, figure.y)
    inside = [f'<line class="base" x1="0" x2="{size.width}" y1="{size.height}" y2="{size.height}"/>']
    for curve in figure.curves:
        inside.append(_path(frame, curve))
        inside.append(_dot(frame, curve.x[-1], curve.y[-1], curve.group, 2))
    inside += [f'<path class="broken" d="{_cross(frame.across(x), 4, 3)}"/>' for x in figure.not_numbers]
    return _svg(figure, size, inside, "small")


def _svg(figure: Figure, size: Size, inside: list[str], kind: str) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {size.width} {size.height}" role="img">'
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.description)}</desc>"
        f"{''.join(inside)}</svg>"
    )


def _grid(frame: _Frame) -> Iterator[str]:
    size = frame.size
    for value, label in ticks(frame.y, 5 if size.height > 200 else 3):
        y = _n(frame.up(value))
        yield f'<line class="grid" x1="{size.left}" x2="{frame.right}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{size.left - 6}" y="{y}" dy=".32em" text-anchor="end">{label}</text>'
    for value, label in ticks(frame.x, 8 if size.width > 500 else 4):
        x = _n(frame.across(value))
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="{frame.floor}" y2="{frame.floor + 4}"/>'
        anchor = "end" if frame.across(value) > frame.right - 10 else "middle"
        yield f'<text x="{x}" y="{frame.floor + 16}" text-anchor="{anchor}">{label}</text>'
    yield f'<line class="axis" x1="{size.left}" x2="{frame.right}" y1="{frame.floor}" y2="{frame.floor}"/>'
    yield f'<text class="name" x="{size.left}" y="13">{escape(frame.y.title)}</text>'
    yield (
        f'<text class="unit" x="{frame.right}" y="{size.height - 1}" text-anchor="end">'
        f"{escape(frame.x.title)}</text>"
    )


def _curves(frame: _Frame, figure: Figure) -> Iterator[str]:
    for curve in sorted(figure.curves, key=lambda curve: not curve.faint):
        if curve.line:
            yield _path(frame, curve)
        if curve.dots:
            group = f"{curve.group}{' hollow' if curve.hollow else ''}"
            yield from (_dot(frame, x, y, group, 2.5) for x, y in zip(curve.x, curve.y, strict=True))


def _path(frame: _Frame, curve: Curve) -> str:
    points = [f"{_n(frame.across(x))} {_n(frame.up(y))}" for x, y in zip(curve.x, curve.y, strict=True)]
    faint = " faint" if curve.faint else ""
    return f'<path class="c{curve.group}{faint}" d="M{"L".join(points)}"/>'


def _dot(frame: _Frame, x: float, y: float, group: int | str, radius: float) -> str:
    return f'<circle class="c{group}" cx="{_n(frame.across(x))}" cy="{_n(frame.up(y))}" r="{radius}"/>'


def _levels(frame: _Frame, figure: Figure) -> Iterator[str]:
    for level in figure.levels:
        y = _n(frame.up(level.y))
        yield f'<line class="level" x1="{frame.size.left}" x2="{frame.right}" y1="{y}" y2="{y}"/>'


def _level_labels(frame: _Frame, figure: Figure) -> Iterator[str]:
    for level in figure.levels:
        at = frame.up(level.y)
        above = at > frame.size.top + 14 and _crowded(frame, figure, at, -1) <= _crowded(frame, figure, at, 1)
        y = at + (-5 if above else 13)
        yield (
            f'<text class="level" x="{frame.right - 2}" y="{_n(y)}" text-anchor="end">'
            f"{escape(level.label)}</text>"
        )


def _crowded(frame: _Frame, figure: Figure, level: float, side: int) -> int:
    """How many points of curves lie where a label would stand above (-1) or below (1) a level."""
    return sum(
        frame.across(x) > frame.right - LABEL_WIDTH and 0 <= side * (frame.up(y) - level) < LABEL_HEIGHT
        for curve in figure.curves
        for x, y in zip(curve.x, curve.y, strict=True)
    )


def _moments(frame: _Frame, figure: Figure) -> Iterator[str]:
    occupied = any(frame.up(level.y) < frame.size.top + 30 for level in figure.levels)
    y = frame.floor - 6 if occupied else frame.size.top + 10
    for moment in figure.moments:
        x = frame.across(moment.x)
        late = x > (frame.size.left + frame.right) / 2
        yield f'<line class="moment" x1="{_n(x)}" x2="{_n(x)}" y1="{frame.size.top}" y2="{frame.floor}"/>'
        yield (
            f'<text class="moment" x="{_n(x + (-4 if late else 4))}" y="{y}" '
            f'text-anchor="{"end" if late else "start"}">{escape(moment.label)}</text>'
        )


def _marks(frame: _Frame, figure: Figure) -> Iterator[str]:
    """A ring on the point; its words above it, or below where there is no room."""
    for mark in figure.marks:
        x, y = frame.across(mark.x), frame.up(mark.y)
        late = x > (frame.size.left + frame.right) / 2
        above = y - 9 > frame.size.top + 8
        yield f'<circle class="mark" cx="{_n(x)}" cy="{_n(y)}" r="4.5"/>'
        left = min(x + 4, frame.right) if late else max(x - 4, frame.size.left)
        yield (
            f'<text class="mark" x="{_n(left)}" y="{_n(y - 9 if above else y + 17)}" '
            f'text-anchor="{"end" if late else "start"}">{escape(mark.label)}</text>'
        )


def _not_numbers(frame: _Frame, figure: Figure) -> Iterator[str]:
    if not figure.not_numbers:
        return
    y = frame.size.top + 4
    crosses = "".join(_cross(frame.across(x), y, 3) for x in figure.not_numbers)
    first = frame.across(figure.not_numbers[0])
    late = first > (frame.size.left + frame.right) / 2
    yield f'<path class="broken" d="{crosses}"/>'
    yield (
        f'<text class="broken" x="{_n(first)}" y="{y + 20}" text-anchor="{"end" if late else "start"}">'
        "not a number</text>"
    )


def _cross(x: float, y: float, arm: int) -> str:
    left, right = _n(x - arm), _n(x + arm)
    return f"M{left} {_n(y - arm)}L{right} {_n(y + arm)}M{left} {_n(y + arm)}L{right} {_n(y - arm)}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
