"""A small chart for every layer: update-to-weight ratio, gradient norm, dead units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.figures.by_layer import dead_shares, layers_of, norms, update_ratios
from unstuck.figures.learning_curve import span
from unstuck.figures.reduce import extremes

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.figures.by_layer import Values

SMALL_COLUMNS = 80
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One quantity for every layer, on one common scale."""

    name: str
    unit: str
    about: str
    log: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A quantity of one layer, and its last value."""

    figure: Figure
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer's charts, in the order of `COLUMNS`; None where there is nothing to draw."""

    layer: str
    kind: str
    charts: tuple[Chart | None, ...]


COLUMNS = (
    Column(
        name="update ÷ weight", unit="", log=True,
        about="norm of one update over the norm of the weights; about 0.001 is usual",
    ),
    Column(name="gradient norm", unit="", log=True, about="Euclidean norm of the loss gradient"),
    Column(name="dead units", unit="fraction", log=False, about="share of units that output zero for every example"),
)  # fmt: skip


def layer_rows(training: Training) -> tuple[LayerRow, ...]:
    """The layers in the order in which they were first seen; none where no layer was sampled."""
    quantities = (update_ratios(training), norms(training, "gradient"), dead_shares(training))
    axes = tuple(_axis(column, values) for column, values in zip(COLUMNS, quantities, strict=True))
    rows = []
    for layer in layers_of(training):
        charts = tuple(
            _chart(training, layer, column, *values[layer], axis) if layer in values else None
            for column, values, axis in zip(COLUMNS, quantities, axes, strict=True)
        )
        if any(charts):
            kind = module.class_name if (module := training.modules.get(layer)) else ""
            rows.append(LayerRow(layer=layer or "(root)", kind=kind, charts=charts))
    return tuple(rows)


def _axis(column: Column, values: Values) -> Axis:
    """One scale for all layers; a logarithmic one has room at its floor for zero, if there are zeros."""
    if not column.log:
        return Axis(label=column.name, unit=column.unit, low=0.0, high=1.0)
    every = np.concatenate([y[np.isfinite(y)] for _, y in values.values()] or [np.array([])])
    above = every[every > 0]
    if not len(above):
        return Axis(label=column.name, low=0.1, high=1.0, log=True)
    room = 1.2 if len(above) == len(every) else 3.0
    return Axis(label=column.name, low=float(above.min()) / room, high=float(above.max()) * 1.2, log=True)


def _chart(training: Training, layer: str, column: Column, steps: Array, y: Array, axis: Axis) -> Chart:
    start, end = span(training)
    finite = np.isfinite(y)
    x, shown = extremes(steps[finite] - start, np.maximum(y[finite], axis.low), SMALL_COLUMNS)
    curve = Curve(name=layer, group=0, x=tuple(x.tolist()), y=tuple(shown.tolist()))
    figure = Figure(
        title=f"{layer}: {column.name}",
        description=column.about,
        x=Axis(label="backward calls", low=0.0, high=end - start),
        y=axis,
        curves=(curve,) if len(x) else (),
        not_numbers=tuple((steps[~finite] - start).tolist()[:1]),
    )
    return Chart(figure=figure, last=float(y[-1]))
