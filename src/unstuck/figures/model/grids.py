"""A matrix whose rows and columns have names, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.core.figure import Axis
from unstuck.core.heat_map import HeatMap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


def grid(
    values: np.ndarray[Any, Any] | Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str], *,
    title: str, scale: str, x: str, low: float, high: float, description: str = "", diverging: bool = False,
) -> HeatMap:  # fmt: skip
    """Cells of equal size.

    Args:
        values: a row of numbers for each name in ``rows``.
        rows: names, the first on top.
        columns: names.
        title: of the figure.
        scale: what a colour means.
        x: what the columns are.
        low: of the scale.
        high: of the scale.
        description: how to read it.
        diverging: the scale reaches as far below zero as above it.
    """
    count = len(columns)
    return HeatMap(
        title=title, description=description, x=Axis(label=x, low=0.0, high=float(count), whole=True),
        scale=Axis(label=scale, low=low, high=high), rows=tuple(rows), columns=tuple(columns),
        edges=tuple(map(float, range(count + 1))),
        cells=tuple(tuple(float(value) for value in row) for row in values), diverging=diverging,
    )  # fmt: skip
