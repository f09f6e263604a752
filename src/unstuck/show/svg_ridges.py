"""Draw histograms over time as ridges, the earliest on top."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from unstuck.show.svg_labels import LETTER
from unstuck.show.ticks import compact, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.figure import Axis
    from unstuck.core.ridges import Ridge, Ridges

WIDTH, LEFT, RIGHT = 350, 52, 10
TOP, BOTTOM = 40, 22
APART, HEIGHT = 17, 26
"""from one ridge to the next, and of the highest point of a ridge"""


def draw(ridges: Ridges) -> str:
    """One ``<svg>``, about as wide as a small screen."""
    many = len(ridges.ridges)
    floor = TOP + APART * many
    inside = [*_axis(ridges.x, floor)]
    for at, ridge in enumerate(ridges.ridges):
        inside += _ridge(ridge, ridges.x, TOP + APART * (at + 1), 4 + 9 * at // max(1, many - 1))
    inside.append(f'<text class="name" x="0" y="12">{escape(ridges.title)}</text>')
    inside.append(f'<text class="unit" x="{LEFT - 6}" y="{TOP - 8}" text-anchor="end">step</text>')
    return (
        f'<svg class="ridges" viewBox="0 0 {WIDTH} {floor + BOTTOM}" role="img"><title>{escape(ridges.title)}</title>'
        f"<desc>{escape(ridges.description)}</desc>{''.join(inside)}</svg>"
    )


def _across(axis: Axis, value: float) -> float:
    share = (value - axis.low) / (axis.high - axis.low)
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, share))


def _ridge(ridge: Ridge, axis: Axis, base: float, level: int) -> Iterator[str]:
    points = []
    for height, left, right in zip(ridge.heights, ridge.edges[:-1], ridge.edges[1:], strict=True):
        if right >= axis.low and left <= axis.high:
            up = _n(base - HEIGHT * height)
            points += [f"{_n(_across(axis, left))} {up}", f"{_n(_across(axis, right))} {up}"]
    if points:
        first, last = points[0].split()[0], points[-1].split()[0]
        yield f'<path class="ridge h{level}" d="M{first} {_n(base)}L{"L".join(points)}L{last} {_n(base)}"/>'
    yield f'<text x="{LEFT - 6}" y="{_n(base)}" text-anchor="end">{escape(compact(ridge.step))}</text>'


def _axis(axis: Axis, floor: float) -> Iterator[str]:
    for value, label in ticks(axis, 4):
        x = _n(_across(axis, value))
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{_n(floor)}"/>'
        half = LETTER * len(label) / 2
        at = min(_across(axis, value), WIDTH - half)  # within the drawing
        yield f'<text x="{_n(at)}" y="{_n(floor + 15)}" text-anchor="middle">{label}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
