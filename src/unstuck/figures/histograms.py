"""Histograms of weights and gradients over time, layer by layer.  F = frames, B = bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis
from unstuck.core.ridges import Ridge, Ridges
from unstuck.core.words import number
from unstuck.figures.learning_curve import span
from unstuck.figures.network_order import in_network_order
from unstuck.record import schema
from unstuck.record.events import TensorPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training

Array = np.ndarray[Any, Any]
MOST_LAYERS = 48
MOST_RIDGES = 9
FEWEST = 32
"""elements below which there is no histogram to see"""
TAIL = 0.005
"""share of the elements at either end that may lie beyond the drawing"""
CHANGED = 100.0
TITLES = {"weight": "Weights", "gradient": "Gradient"}


@dataclass(frozen=True, slots=True)
class LayerHistograms:
    """One layer's largest parameter: its weights and its gradient."""

    layer: str
    parameter: str
    drawings: tuple[Ridges, ...]


def histograms(training: Training) -> tuple[tuple[LayerHistograms, ...], int]:
    """The layers in network order, and how many more there are that are not shown."""
    frames = _frames(training)
    by_layer: dict[str, dict[str, dict[str, list[tuple[int, Array]]]]] = {}
    for place, rows in frames:
        by_layer.setdefault(place.layer or "", {}).setdefault(place.name, {})[place.what] = rows
    sizes = {parameter.name: math.prod(parameter.shape) for parameter in training.parameters.values()}
    layers = []
    start = span(training)[0]
    for layer in in_network_order(training, list(by_layer)):
        name = max(by_layer[layer], key=lambda name: sizes.get(name, 0))
        drawings = [_ridges(what, by_layer[layer][name].get(what, []), start) for what in TITLES]
        shown = tuple(drawing for drawing in drawings if drawing)
        if shown:
            layers.append(LayerHistograms(layer or "(root)", name, shown))
    return tuple(layers[:MOST_LAYERS]), max(0, len(layers) - MOST_LAYERS)


def _frames(training: Training) -> list[tuple[TensorPlace, list[tuple[int, Array]]]]:
    mine = {place.id: place for place in training.of(TensorPlace)}
    rows: dict[int, list[tuple[int, Array]]] = {}
    for frame in training.part.frames:
        if frame.what == schema.HISTOGRAM_FRAME:
            for place, values in zip(frame.places.tolist(), frame.values, strict=True):
                if place in mine:
                    rows.setdefault(place, []).append((frame.step, values))
    return [(mine[place], found) for place, found in rows.items()]


def _ridges(what: str, rows: Sequence[tuple[int, Array]], start: float) -> Ridges | None:
    """At most `MOST_RIDGES`, evenly chosen, on one axis; None where no histogram holds a number."""
    whole = [(step, values.astype(np.float64)) for step, values in rows if _usable(values)]
    if not whole:
        return None
    chosen = [whole[at] for at in np.unique(np.linspace(0, len(whole) - 1, MOST_RIDGES).round().astype(int))]
    bounds = np.array([_bulk(values) for _, values in chosen])  # (F, 2)
    low, high = float(bounds[:, 0].min()), float(bounds[:, 1].max())
    if not low < high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    return Ridges(
        title=TITLES[what],
        description=f"{len(chosen)} histograms, the middle 99 % at the end from {number(bounds[-1, 0])} "
        f"to {number(bounds[-1, 1])}.",
        x=Axis(label="value", low=low, high=high),
        ridges=tuple(_ridge(step - start, values) for step, values in chosen),
        remarks=_changed(what, bounds[:, 1] - bounds[:, 0]),
    )  # fmt: skip


def _changed(what: str, widths: Array) -> tuple[str, ...]:
    """Whether the distribution became much wider or narrower."""
    first, last = float(widths[0]), float(widths[-1])
    if not (first > 0 and last > 0) or max(first / last, last / first) <= CHANGED:
        return ()
    times = number(float(f"{max(first / last, last / first):.2g}"))
    change = f"{times} times narrower" if first > last else f"{times} times wider"
    return (f"The distribution of the {'gradient' if what == 'gradient' else 'weights'} became {change}.",)


def _usable(values: Array) -> bool:
    return bool(np.isfinite(values[:2]).all() and values[2:].sum() >= FEWEST and np.abs(values[:2]).max() < 1e30)


def _bulk(values: Array) -> tuple[float, float]:
    """Between which values all but `TAIL` at either end lie, to the width of a bin."""
    low, high, counts = values[0], values[1], values[2:]
    if low == high:
        return float(low), float(high)
    edges = np.linspace(low, high, len(counts) + 1)
    share = np.r_[0.0, np.cumsum(counts)] / counts.sum()
    first = int(np.searchsorted(share, TAIL, side="right")) - 1
    last = int(np.searchsorted(share, 1 - TAIL, side="left"))
    return float(edges[max(0, first)]), float(edges[min(last, len(edges) - 1)])


def _ridge(step: float, values: Array) -> Ridge:
    low, high, counts = values[0], values[1], values[2:]
    if low == high:  # all elements are equal: torch puts them into one bin around the value
        width = abs(low) * 1e-3 or 1e-3
        return Ridge(step=step, edges=(low - width, low + width), heights=(1.0,))
    edges = np.linspace(low, high, len(counts) + 1)
    return Ridge(step=step, edges=tuple(edges.tolist()), heights=tuple((counts / counts.max()).tolist()))
