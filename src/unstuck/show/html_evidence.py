"""A figure of evidence for the page: drawn for two widths, with its legend and its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.core.figure import Bars
from unstuck.core.heat_map import HeatMap
from unstuck.core.histogram import Histograms
from unstuck.core.pictures import Pictures
from unstuck.show import svg
from unstuck.show.html_figure import heat
from unstuck.show.html_pictures import histograms, pictures
from unstuck.show.svg_bars import draw_bars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.core.figure import Figure

MARKED = "meant"
"""the style of what a figure is about"""


def drawn_evidence(figure: Figure | Bars | Pictures | Histograms | HeatMap, sentence: str) -> dict[str, Any]:
    """The values of the template ``evidence.html``."""
    if isinstance(figure, Pictures):
        return {"title": figure.title, "sentence": sentence, "pictures": pictures(figure), "histograms": None}
    if isinstance(figure, Histograms):
        return {"title": figure.title, "sentence": sentence, "pictures": None, "histograms": histograms(figure)}
    if isinstance(figure, HeatMap):
        return {"title": figure.title, "sentence": sentence, "pictures": None, "histograms": None, "heat": heat(figure)}
    if isinstance(figure, Bars):
        drawn = [draw_bars(figure, size.width) for size in (svg.WIDE, svg.NARROW)]
        first = MARKED if any(bar.marked for bar in figure.bars) else "c0"
        entries = list(zip((first, "quiet"), figure.groups, strict=False))
    else:
        drawn = [svg.draw(figure, size) for size in (svg.WIDE, svg.NARROW)]
        entries = list(dict.fromkeys(_entries(figure)))
    # `svg` escapes every text that it is given.
    wide, narrow = (Markup(drawing) for drawing in drawn)  # noqa: S704
    return {
        "wide": wide, "narrow": narrow, "legend": entries if len(entries) > 1 else [],
        "title": figure.title, "sentence": sentence, "pictures": None, "histograms": None,
    }  # fmt: skip


def _entries(figure: Figure) -> Iterator[tuple[str, str]]:
    """Class and name of everything that has a colour of its own."""
    shown = [curve for curve in figure.curves if not curve.faint]
    named = {curve.name for curve in shown}
    for curve in [*shown, *(curve for curve in figure.curves if curve.name not in named)]:
        kind = MARKED if curve.marked else f"c{curve.group}"
        yield f"{kind} dashed" if curve.dashed else kind, curve.name
    for group, name in figure.names:
        yield MARKED if group < 0 else f"c{group}", name
