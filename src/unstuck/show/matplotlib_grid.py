"""Draw a heat map with matplotlib, for notebooks and papers; `svg_heat` draws the same values for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.show.matplotlib import new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from unstuck.core.heat_map import HeatMap

MOST_NAMED = 40
"""columns up to which each has its name"""


def draw_grid(heat: HeatMap, ax: Axes | None = None) -> Axes:
    """The heat map on the given axes, or on those of a new pyplot figure."""
    axes = ax if ax is not None else new_axes((max(3.4, min(9.0, 0.32 * len(heat.edges) + 2)),
                                               max(2.2, min(9.0, 0.28 * len(heat.rows) + 1.4))))  # fmt: skip
    values = [[float("nan") if value is None else value for value in row] for row in heat.cells]
    image = axes.pcolormesh(
        list(heat.edges), list(range(len(heat.rows) + 1)), values, vmin=heat.scale.low, vmax=heat.scale.high,
        cmap="RdBu_r" if heat.diverging else "viridis",
    )  # fmt: skip
    axes.invert_yaxis()
    axes.set_yticks([at + 0.5 for at in range(len(heat.rows))], [plain(name) for name in heat.rows], fontsize="small")
    if heat.columns and len(heat.columns) <= MOST_NAMED:
        middles = [(low + high) / 2 for low, high in zip(heat.edges, heat.edges[1:], strict=False)]
        axes.set_xticks(middles, [plain(name) for name in heat.columns], rotation=60, ha="right", fontsize="small")
    axes.set_xlabel(heat.x.label)
    axes.set_title(plain(heat.title), loc="left", fontsize="medium")
    axes.figure.colorbar(image, ax=axes, label=heat.scale.label)
    return axes
