"""Figures as the page's templates take them: drawn for large screens and for small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.show import svg, svg_heat, svg_ridges

if TYPE_CHECKING:
    from unstuck.core.figure import Figure
    from unstuck.core.heat_map import HeatMap
    from unstuck.core.ridges import Ridges
    from unstuck.show.svg_frame import Size

LOW = (svg.WIDE_LOW, svg.NARROW_LOW)
MOST_NAMED = 12
"""rows of a heat map up to which each has a tall line"""


def drawn(figure: Figure | None, wide: Size = svg.WIDE, narrow: Size = svg.NARROW) -> dict[str, Any]:
    """For large screens and for small ones; the style sheet shows one of them. Empty for no figure."""
    if figure is None:
        return {}
    # `svg` escapes every text that it is given.
    return {
        "wide": Markup(svg.draw(figure, wide)),  # noqa: S704
        "narrow": Markup(svg.draw(figure, narrow)),  # noqa: S704
        "legend": legend(figure),
        "title": figure.title,
    }


def legend(figure: Figure) -> list[tuple[str, str]]:
    """(class, name) of each curve that has a name and is no faint copy of another."""
    named = {curve.name for curve in figure.curves if not curve.faint}
    return [
        (f"c{curve.group}{' faint' if curve.faint else ''}{'' if curve.line else ' ring' if curve.hollow else ' dot'}",
         curve.name)
        for curve in figure.curves
        if curve.name and not (curve.faint and _named_elsewhere(curve.name, named))
    ]  # fmt: skip


def _named_elsewhere(name: str, named: set[str]) -> bool:
    return any(other.startswith(name) for other in named)


def heat(heat_map: HeatMap) -> dict[str, Any]:
    """Cells, names, ticks and the key of the colours."""
    done = svg_heat.draw(heat_map)
    return {
        "title": heat_map.title, "how": heat_map.how, "remarks": heat_map.remarks, "cells": Markup(done.cells),  # noqa: S704
        "names": done.names, "ticks": done.ticks, "low": done.low, "high": done.high, "kinds": done.kinds,
        "colours": svg_heat.colours(heat_map),
        "scale": heat_map.scale.label + (", log scale" if heat_map.scale.log else ""),
        "x": heat_map.x.title,
        "named": bool(heat_map.columns),
        "longest": max((len(name) for _, name in done.ticks), default=0), "tall": len(heat_map.rows) <= MOST_NAMED,
    }  # fmt: skip


def ridges(drawing: Ridges) -> Markup:
    """The drawing; it is narrow enough for every screen."""
    return Markup(svg_ridges.draw(drawing))  # noqa: S704
