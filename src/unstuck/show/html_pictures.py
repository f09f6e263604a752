"""Pictures and small histograms as the page's templates take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from unstuck.core.figure import Bars
from unstuck.show.svg_bars import draw_bars
from unstuck.show.svg_histogram import WIDTH, draw_histogram

if TYPE_CHECKING:
    from unstuck.core.histogram import Histogram, Histograms
    from unstuck.core.pictures import Pictures, Tile

MOST_COLUMNS = 16
"""columns of a table of rows; those that are meant stand first"""


def pictures(shown: Pictures) -> dict[str, Any]:
    """A mosaic of images, a table of rows, or texts, as its tiles are."""
    tiles = shown.tiles
    images = any(tile.image for tile in tiles)
    names = list(dict.fromkeys(name for tile in tiles for name, _ in tile.cells))[:MOST_COLUMNS]
    return {
        "title": shown.title, "description": shown.description, "paired": shown.paired,
        "kind": "images" if images else "texts" if any(tile.text for tile in tiles) else "rows",
        "groups": shown.groups, "names": names,
        "table": [[_row(tile, names) for tile in group] for group in shown.groups],
        "labelled": any(tile.label for tile in tiles), "noted": any(tile.note for tile in tiles),
        "left_out": max((len(tile.cells) for tile in tiles), default=0) - len(names),
    }  # fmt: skip


def _row(tile: Tile, names: list[str]) -> dict[str, Any]:
    values = dict(tile.cells)
    return {"tile": tile, "cells": [(values.get(name, ""), name in tile.marked) for name in names]}


def small(figure: Histogram | Bars | None) -> Markup | None:
    """One drawing of the small multiples."""
    if figure is None:
        return None
    drawing = draw_bars(figure, WIDTH) if isinstance(figure, Bars) else draw_histogram(figure)
    return Markup(drawing)  # noqa: S704 - every text in it is escaped


def histograms(shown: Histograms) -> dict[str, Any]:
    """The panels, and a legend where distributions lie over each other."""
    names = list(dict.fromkeys(steps.name for panel in shown.panels for steps in panel.steps))
    compared = any(len(panel.steps) > 1 for panel in shown.panels)
    marked = any(steps.marked for panel in shown.panels for steps in panel.steps)
    kinds = ("under", "over marked" if marked else "over")
    return {
        "title": shown.title, "description": shown.description,
        "legend": list(zip(kinds, names, strict=False)) if compared else [],
        "panels": [{"panel": panel, "drawing": small(panel)} for panel in shown.panels],
    }  # fmt: skip
