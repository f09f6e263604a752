"""Draw a small histogram as SVG: filled steps, a second distribution as a line over it, the ends of the axis."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from unstuck.core.words import number
from unstuck.show.svg_labels import LETTER, Box, Labels, Spot
from unstuck.show.svg_marks import pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.histogram import Histogram, Steps

WIDTH, TOP, HEIGHT, BOTTOM = 250, 6, 84, 18
LABELS = 30
"""pixels above the bars where values are named"""
EDGE = 1.0
ROOM = 0.8
"""share of the width that three numbers may take below it"""
LEAST = 0.7
"""pixels of the lowest bar that is not empty: a rare value must show"""


def draw_histogram(histogram: Histogram) -> str:
    """The histogram as one ``<svg>`` element."""
    top = TOP + (LABELS if histogram.moments else 0)
    floor = top + HEIGHT
    highest = max((height for steps in histogram.steps for height in steps.heights), default=0.0)
    inside = [
        _steps(steps, histogram, floor, highest, kind)
        for steps, kind in zip(histogram.steps, _kinds(histogram), strict=True)
    ]
    inside.append(f'<line class="axis" x1="0" x2="{WIDTH}" y1="{floor}" y2="{floor}"/>')
    inside += _moments(histogram, top, floor)
    inside += _ends(histogram, floor + 13)
    name = histogram.title or histogram.steps[0].name
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {floor + BOTTOM}" role="img"><title>{escape(name)}'
        f"</title><desc>{escape(histogram.description)}</desc>{''.join(inside)}</svg>"
    )


def _kinds(histogram: Histogram) -> Iterator[str]:
    """The class of each: the first is filled, those over it are lines."""
    for at, steps in enumerate(histogram.steps):
        yield f"over{' marked' if steps.marked else ''}" if at else "under"


def _across(histogram: Histogram, value: float) -> float:
    span = histogram.high / 2 - histogram.low / 2
    share = (value / 2 - histogram.low / 2) / span if span > 0 else 0.5
    return EDGE + (WIDTH - 2 * EDGE) * min(1.0, max(0.0, share))


def _steps(steps: Steps, histogram: Histogram, floor: int, highest: float, kind: str) -> str:
    points = [f"M{pixels(_across(histogram, steps.edges[0]))} {floor}"]
    for at, height in enumerate(steps.heights):
        tall = HEIGHT * height / highest if highest > 0 else 0.0
        y = pixels(floor - (max(LEAST, tall) if height > 0 else 0.0))
        left, right = (pixels(_across(histogram, edge)) for edge in steps.edges[at : at + 2])
        points.append(f"L{left} {y}L{right} {y}")
    points.append(f"L{pixels(_across(histogram, steps.edges[-1]))} {floor}")
    return f'<path class="{kind}" d="{"".join(points)}"/>'


def _moments(histogram: Histogram, top: int, floor: int) -> Iterator[str]:
    labels = Labels(Box(0, 0, WIDTH, top + 4), ())
    for moment in histogram.moments:
        x = _across(histogram, moment.x)
        spots = [Spot(x, y, anchor) for y in (top - 4, top - 18) for anchor in ("middle", "start", "end")]
        yield f'<line class="moment meant" x1="{pixels(x)}" x2="{pixels(x)}" y1="{top}" y2="{floor}"/>'
        yield labels.place(moment.label, "meant", spots)


def _ends(histogram: Histogram, y: int) -> Iterator[str]:
    low, high = number(histogram.low), number(histogram.high)
    if histogram.low == histogram.high:
        yield f'<text x="{WIDTH / 2:g}" y="{y}" text-anchor="middle">{low}</text>'
        return
    yield f'<text x="0" y="{y}">{low}</text><text x="{WIDTH}" y="{y}" text-anchor="end">{high}</text>'
    middle = float(f"{histogram.low / 2 + histogram.high / 2:.2g}")
    word = number(middle)
    if LETTER * len(low + word + high) < ROOM * WIDTH and histogram.low < middle < histogram.high:
        x = _across(histogram, middle)
        yield f'<text x="{pixels(x)}" y="{y}" text-anchor="middle">{word}</text>'
