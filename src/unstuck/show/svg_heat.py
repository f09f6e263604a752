"""Draw a heat map: colours are classes of the style sheet; one path holds all cells of one colour.

The cells are one ``<svg>`` that stretches to the width there is; names and numbers stand beside it as text, so that
they keep their size on a small screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from unstuck.core.words import share
from unstuck.show.ticks import compact, ticks

if TYPE_CHECKING:
    from unstuck.core.figure import Axis
    from unstuck.core.heat_map import HeatMap

LEVELS = 16
"""colours of a scale"""
DIVERGING_LEVELS = 15
"""an odd number: the one in the middle is that of zero"""
ACROSS = 1000
"""units of the drawing from its left to its right edge"""
ROW = 10
"""units of one row"""
LONGEST_NAME = 30
MOST_COLUMNS = 40
"""that have names"""
LENGTH = 100.0
"""per cent of a bar's length, as style sheets have it"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the template puts together."""

    cells: str
    """the ``<svg>``"""
    names: tuple[tuple[str, str], ...]
    """(shown, full) of each row"""
    ticks: tuple[tuple[float, str], ...]
    """(per cent from the left, label) along the x axis"""
    low: str
    high: str
    kinds: tuple[str, ...]
    """which of ``zero``, ``broken`` and ``missing`` there are"""


def draw(heat: HeatMap) -> Drawn:
    """The cells, and the texts around them."""
    paths: dict[str, list[str]] = {}
    length = heat.x.high - heat.x.low or 1.0
    at = [ACROSS * (edge - heat.x.low) / length for edge in heat.edges]
    for row, values in enumerate(heat.cells):
        begun = 0
        kinds = [_kind(heat, value) for value in values]
        for column, kind in enumerate(kinds):
            if column + 1 == len(kinds) or kinds[column + 1] != kind:
                left, right = at[begun], at[column + 1]
                paths.setdefault(kind, []).append(
                    f"M{_n(left)} {ROW * row}H{_n(right)}v{ROW}H{_n(left)}z"
                )
                begun = column + 1
    height = ROW * len(heat.rows)
    body = "".join(f'<path class="{kind}" d="{"".join(parts)}"/>' for kind, parts in sorted(paths.items()))
    cells = (
        f'<svg class="cells" viewBox="0 0 {ACROSS} {height}" preserveAspectRatio="none" role="img">'
        f"<title>{escape(heat.title)}</title><desc>{escape(heat.description)}</desc>{body}</svg>"
    )
    low, high = _label(heat.scale.low, heat.scale), _label(heat.scale.high, heat.scale)
    if heat.clipped:
        low = f"≤ {low}"
        high = f"≥ {high}" if heat.diverging else high
    return Drawn(
        cells, tuple((_shortened(name), name) for name in heat.rows), _names(heat) or _ticks(heat.x), low, high,
        tuple(kind for kind in ("zero", "broken", "missing") if kind in paths),
    )  # fmt: skip


def colours(heat: HeatMap) -> list[str]:
    """The classes of the scale, from its low end to its high end."""
    return [f"{_letter(heat)}{at}" for at in range(_levels(heat))]


def _letter(heat: HeatMap) -> str:
    return "d" if heat.diverging else "h"


def _levels(heat: HeatMap) -> int:
    return DIVERGING_LEVELS if heat.diverging else LEVELS


def _kind(heat: HeatMap, value: float | None) -> str:
    if value is None:
        return "missing"
    if not math.isfinite(value):
        return "broken"
    if heat.scale.log and value == 0.0:
        return "zero"
    return f"{_letter(heat)}{level(heat.scale, value, _levels(heat))}"


def level(scale: Axis, value: float, levels: int = LEVELS) -> int:
    """The colour of a value, 0 to ``levels`` - 1; what lies beyond an end has the colour of the end."""
    low, high = scale.low, scale.high
    if scale.log:
        low, high, value = math.log(low), math.log(high), math.log(max(value, scale.low))
    share = (value - low) / (high - low) if high > low else 0.5
    return min(levels - 1, max(0, int(share * levels)))


def _ticks(axis: Axis) -> tuple[tuple[float, str], ...]:
    length = axis.high - axis.low or 1.0
    places = [(round(LENGTH * (value - axis.low) / length, 2), label) for value, label in ticks(axis, 5)]
    apart = [
        here for here, following in pairwise([*places, (200.0, "")]) if following[0] - here[0] > len(here[1])
    ]
    return tuple((at, label) for at, label in apart if at <= 95)


def _names(heat: HeatMap) -> tuple[tuple[float, str], ...]:
    """Of the columns, each in its middle; none where they would not fit."""
    if not heat.columns or len(heat.columns) > MOST_COLUMNS:
        return ()
    width = heat.x.high - heat.x.low or 1.0
    middles = [(low + high) / 2 - heat.x.low for low, high in pairwise(heat.edges)]
    return tuple(
        (round(LENGTH * at / width, 2), _shortened(name)) for at, name in zip(middles, heat.columns, strict=True)
    )


def _label(value: float, scale: Axis) -> str:
    return share(value) if scale.unit == "fraction" else compact(float(f"{value:.2g}"))


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    tail = LONGEST_NAME * 2 // 3
    return f"{name[: LONGEST_NAME - tail - 1]}…{name[-tail:]}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
