"""One quantity of every layer in one figure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from unstuck.core.figure import Figure
from unstuck.figures.layers import COLUMNS, layer_rows
from unstuck.figures.learning_curve import steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training

COLOURS = 8


def layer_curves(training: Training, column: int) -> Figure | None:
    """A curve for each layer of the quantity at that position of `layers.COLUMNS`; None where no layer has it."""
    charts = [(row.layer, row.charts[column]) for row in layer_rows(training)]
    drawn = [(layer, chart.figure) for layer, chart in charts if chart is not None]
    if not drawn:
        return None
    return Figure(
        title=f"{COLUMNS[column].name} of each layer",
        description=COLUMNS[column].about,
        x=steps_axis(training),
        y=drawn[0][1].y,
        curves=tuple(
            dataclasses.replace(curve, name=layer, group=at % COLOURS)
            for at, (layer, figure) in enumerate(drawn)
            for curve in figure.curves
        ),
        not_numbers=tuple(sorted({x for _, figure in drawn for x in figure.not_numbers})),
    )
