"""A small chart for every layer: update-to-weight ratio, gradient norm, dead units.  S = sampled steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.show.figure import Axis, Curve, Figure
from unstuck.show.figures.learning_curve import span
from unstuck.show.figures.reduce import extremes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unstuck.record.training import Track, Training

SMALL_COLUMNS = 80
Array = np.ndarray[Any, Any]
Values = dict[str, tuple[Array, Array]]
"""layer -> steps (S,), values (S,)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One quantity for every layer, on one common scale."""

    name: str
    unit: str
    about: str
    log: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer's charts, in the order of `COLUMNS`; None where there is nothing to draw."""

    layer: str
    kind: str
    charts: tuple[Figure | None, ...]


COLUMNS = (
    Column(
        name="update ÷ weight", unit="", log=True,
        about="norm of one step's update over the norm of the weights; about 0.001 is usual",
    ),
    Column(name="gradient norm", unit="", log=True, about="Euclidean norm of the loss gradient"),
    Column(name="dead units", unit="fraction", log=False, about="share of units that are never above zero"),
)  # fmt: skip


def layer_rows(training: Training) -> tuple[LayerRow, ...]:
    """The layers in the order in which they were first seen; none where no layer was sampled."""
    found = (_update_ratio(training), norms(training, "gradient"), _dead(training))
    layers = dict.fromkeys(str(track.place.get("layer") or "") for track in training.tracks)
    axes = tuple(_axis(column, values) for column, values in zip(COLUMNS, found, strict=True))
    rows = []
    for layer in layers:
        charts = tuple(
            _chart(training, layer, column, values[layer], axis) if layer in values else None
            for column, values, axis in zip(COLUMNS, found, axes, strict=True)
        )
        if any(charts):
            kind = str(training.modules.get(layer, {}).get("class") or "")
            rows.append(LayerRow(layer=layer or "(root)", kind=kind, charts=charts))
    return tuple(rows)


def _update_ratio(training: Training) -> Values:
    weights, updates = norms(training, "weight"), norms(training, "update")
    ratios: Values = {}
    for layer in updates.keys() & weights.keys():
        steps, mine, theirs = np.intersect1d(updates[layer][0], weights[layer][0], return_indices=True)
        with np.errstate(all="ignore"):
            ratios[layer] = steps, updates[layer][1][mine] / weights[layer][1][theirs]
    return {layer: values for layer, values in ratios.items() if len(values[0])}


def norms(training: Training, what: str) -> Values:
    """The norm over all parameters of a layer."""

    def norm(tracks: Sequence[Track]) -> Array:
        with np.errstate(over="ignore"):
            squares = np.sum([track["norm"] ** 2 for track in tracks], axis=0)
        root: Array = np.sqrt(squares)
        return root

    return _by_layer(training.tracked(what), norm)


def _dead(training: Training) -> Values:
    def share(tracks: Sequence[Track]) -> Array:
        with np.errstate(all="ignore"):
            dead = np.sum([track["dead"] for track in tracks], axis=0)
            ratio: Array = dead / np.sum([track["units"] for track in tracks], axis=0)
        return ratio

    return _by_layer(training.tracked("activation"), share)


def _by_layer(tracks: Sequence[Track], combine: Callable[[Sequence[Track]], Array]) -> Values:
    """The tracks of each layer made into one, over the steps of the longest of them."""
    grouped: dict[str, list[Track]] = {}
    for track in tracks:
        grouped.setdefault(str(track.place.get("layer") or ""), []).append(track)
    values: Values = {}
    for layer, mine in grouped.items():
        steps = max((track.step for track in mine), key=len)
        together = [track for track in mine if np.array_equal(track.step, steps)]
        combined = combine(together)
        if np.isfinite(combined).any():
            values[layer] = steps.astype(np.float64), combined
    return values


def _axis(column: Column, values: Values) -> Axis:
    if not column.log:
        return Axis(label=column.name, unit=column.unit, low=0.0, high=1.0)
    shown = [y[np.isfinite(y) & (y > 0)] for _, y in values.values()]
    every = np.concatenate(shown) if shown else np.array([])
    if not len(every):
        return Axis(label=column.name, low=0.1, high=1.0, log=True)
    return Axis(label=column.name, low=float(every.min()) / 1.2, high=float(every.max()) * 1.2, log=True)


def _chart(
    training: Training, layer: str, column: Column, values: tuple[Array, Array], axis: Axis
) -> Figure | None:
    start, end = span(training)
    steps, y = values
    finite = np.isfinite(y)
    shown = finite & (y > 0) if column.log else finite
    x, y = extremes(steps[shown] - start, y[shown], SMALL_COLUMNS)
    if not len(x) and finite.all():
        return None
    return Figure(
        title=f"{layer}: {column.name}",
        description=column.about,
        x=Axis(label="backward calls", low=0.0, high=end - start),
        y=axis,
        curves=(Curve(name=layer, group=0, x=tuple(x.tolist()), y=tuple(y.tolist())),) if len(x) else (),
        not_numbers=tuple((steps[~finite] - start).tolist()[:1]),
    )
