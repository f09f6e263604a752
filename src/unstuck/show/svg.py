"""Draw a figure as SVG. Colours are CSS classes, so that one drawing fits light, dark and paper."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from unstuck.show.svg_frame import Frame, Size
from unstuck.show.svg_labels import Box, Labels, Spot
from unstuck.show.svg_marks import behind, marks, words
from unstuck.show.svg_marks import pixels as _n
from unstuck.show.ticks import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.figure import Curve, Figure


WIDE = Size(640, 263, 54, 12, 24, 33)
NARROW = Size(350, 223, 52, 8, 24, 33)
WIDE_LOW = Size(640, 143, 54, 12, 24, 33)
NARROW_LOW = Size(350, 133, 52, 8, 24, 33)
SMALL = Size(150, 34, 2, 5, 4, 4)


def draw(figure: Figure, size: Size) -> str:
    """The figure with its axes, as one ``<svg>`` element."""
    frame = Frame(size, figure.x, figure.y)
    labels = Labels(Box(size.left, size.top, frame.right, frame.floor), _points(frame, figure))
    inside = [
        *behind(frame, figure), *_grid(frame), *_levels(frame, figure), *marks(frame, figure),
        *_curves(frame, figure), *_not_numbers(frame, figure),
        *_moments(frame, figure, labels), *_level_labels(frame, figure, labels), *words(frame, figure, labels),
        *_marks(frame, figure),
    ]  # fmt: skip
    return _svg(figure, size, inside, "plot")


def draw_small(figure: Figure, size: Size = SMALL) -> str:
    """The figure without axes, the size of a word; its last value is marked."""
    frame = Frame(size, figure.x, figure.y)
    inside = [f'<line class="base" x1="0" x2="{size.width}" y1="{size.height}" y2="{size.height}"/>']
    for curve in figure.curves:
        inside.append(_path(frame, curve))
        inside.append(_dot(frame, curve.x[-1], curve.y[-1], f"c{curve.group}", 2))
    inside += [f'<path class="broken" d="{_cross(frame.across(x), 4, 3)}"/>' for x in figure.not_numbers]
    return _svg(figure, size, inside, "small")


def _svg(figure: Figure, size: Size, inside: list[str], kind: str) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {size.width} {size.height}" role="img">'
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.description)}</desc>"
        f"{''.join(inside)}</svg>"
    )


def _grid(frame: Frame) -> Iterator[str]:
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
        f'<text class="unit" x="{frame.right}" y="{size.height - 4}" text-anchor="end">'
        f"{escape(frame.x.title)}</text>"
    )


def _curves(frame: Frame, figure: Figure) -> Iterator[str]:
    for curve in sorted(figure.curves, key=lambda curve: (not curve.faint, curve.marked)):
        if curve.line:
            yield _path(frame, curve)
        if curve.dots:
            radius = 3.5 if curve.marked else 2.5
            kind = "meant" if curve.marked else f"c{curve.group}{' hollow' if curve.hollow else ''}"
            yield from (_dot(frame, x, y, kind, radius) for x, y in zip(curve.x, curve.y, strict=True))


def _path(frame: Frame, curve: Curve) -> str:
    points = [f"{_n(frame.across(x))} {_n(frame.up(y))}" for x, y in zip(curve.x, curve.y, strict=True)]
    kinds = [f"c{curve.group}", *(name for name in ("faint", "marked", "dashed") if getattr(curve, name))]
    return f'<path class="{" ".join(kinds)}" d="M{"L".join(points)}"/>'


def _dot(frame: Frame, x: float, y: float, kind: str, radius: float) -> str:
    return f'<circle class="{kind}" cx="{_n(frame.across(x))}" cy="{_n(frame.up(y))}" r="{radius}"/>'


def _levels(frame: Frame, figure: Figure) -> Iterator[str]:
    for level in figure.levels:
        y = _n(frame.up(level.y))
        yield f'<line class="level" x1="{frame.size.left}" x2="{frame.right}" y1="{y}" y2="{y}"/>'


def _level_labels(frame: Frame, figure: Figure, labels: Labels) -> Iterator[str]:
    left, middle, right = frame.size.left + 2, (frame.size.left + frame.right) / 2, frame.right - 2
    for level in figure.levels:
        y = frame.up(level.y)
        sides = ((right, "end"), (left, "start"), (middle, "middle"))
        spots = [Spot(x, y + off, anchor) for x, anchor in sides for off in (-5, 13)]
        yield labels.place(level.label, "level", spots)


def _points(frame: Frame, figure: Figure) -> list[tuple[float, float]]:
    """Where values are drawn, in pixels."""
    pairs = [pair for curve in figure.curves for pair in zip(curve.x, curve.y, strict=True)]
    pairs += [(one.x, y) for one in figure.ranges for y in (one.low, one.high, (one.low + one.high) / 2)]
    pairs += [(point.x, point.y) for point in figure.points]
    return [(frame.across(x), frame.up(y)) for x, y in pairs]


def _moments(frame: Frame, figure: Figure, labels: Labels) -> Iterator[str]:
    top, floor = frame.size.top + 10, frame.floor - 6
    for moment in figure.moments:
        x = frame.across(moment.x)
        late = x > (frame.size.left + frame.right) / 2
        sides = ((x - 4, "end"), (x + 4, "start"))
        spots = [Spot(at, y, anchor) for y in (top, floor) for at, anchor in (sides if late else sides[::-1])]
        yield f'<line class="moment" x1="{_n(x)}" x2="{_n(x)}" y1="{frame.size.top}" y2="{frame.floor}"/>'
        yield labels.place(moment.label, "moment", spots)


def _marks(frame: Frame, figure: Figure) -> Iterator[str]:
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


def _not_numbers(frame: Frame, figure: Figure) -> Iterator[str]:
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
