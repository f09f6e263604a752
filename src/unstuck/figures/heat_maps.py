"""Every layer over time, one heat map a quantity.  R = rows, S = sampled steps, C = columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis
from unstuck.core.heat_map import HeatMap
from unstuck.core.words import measure, number
from unstuck.figures import remarks as remarks_on
from unstuck.figures.by_layer import activation_values, dead_shares, norms, update_ratios
from unstuck.figures.learning_curve import span, steps_axis
from unstuck.figures.network_order import folded, folding_in_words, in_network_order, medians

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.analysis.run.training import Training
    from unstuck.figures.by_layer import Values

Array = np.ndarray[Any, Any]
COLUMNS = 72
"""sampled steps beyond this many are taken together"""
LOG_FROM = 20.0
"""values that span more than this factor are shown on a logarithmic scale"""
LARGEST = 1e30


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What one heat map shows."""

    title: str
    label: str
    how: str
    of: Callable[[Training], Values]
    remarks: Callable[[Values, list[str]], tuple[str, ...]] | None
    """what is unusual, in sentences"""
    unit: str = ""
    diverging: bool = False
    share: bool = False
    """between 0 and 1; not shown where it is 0 throughout"""


QUANTITIES = (
    Quantity(
        title="Mean of the outputs", label="mean", diverging=True,
        how="The mean output of each layer in the sampled batches. Orange is above zero, blue below, white is "
        "zero. Outputs centred at zero are easiest to learn from.",
        of=lambda training: activation_values(training, "mean"), remarks=None,
    ),
    Quantity(
        title="Spread of the outputs", label="standard deviation",
        how="The standard deviation of each layer's output. In a healthy network it stays within about one order of "
        "magnitude from the first to the last layer. Where it shrinks or grows from layer to layer, check "
        "initialisation and normalisation.",
        of=lambda training: activation_values(training, "std"), remarks=remarks_on.spread,
    ),
    Quantity(
        title="Outputs that are exactly zero", label="share of zeros", unit="fraction", share=True,
        how="After a ReLU about 50 % is usual. Near 100 % hardly any gradient reaches the layers below.",
        of=lambda training: activation_values(training, "zeros"), remarks=remarks_on.zeros,
    ),
    Quantity(
        title="Dead units", label="share of dead units", unit="fraction", share=True,
        how="Units that output zero for every example of the last eight sampled batches: no gradient reaches them.",
        of=dead_shares, remarks=None,
    ),
    Quantity(
        title="Saturated outputs", label="share of saturated outputs", unit="fraction", share=True,
        how="Outputs within 1 % of an end of the range of tanh or sigmoid, where the slope is nearly zero.",
        of=lambda training: activation_values(training, "saturated"), remarks=None,
    ),
    Quantity(
        title="Gradient norm", label="gradient norm",
        how="The norm of the gradient of each layer. If it shrinks steadily towards the first layers, gradients "
        "vanish; if it grows, they explode.",
        of=lambda training: norms(training, "gradient"), remarks=remarks_on.gradients,
    ),
    Quantity(
        title="Update ÷ weight", label="update ÷ weight",
        how="The relative update: the norm of one update over the norm of the weights. About 0.001 is usual, and all "
        "layers should be of the same order of magnitude.",
        of=update_ratios, remarks=remarks_on.updates,
    ),
    Quantity(
        title="Weight norm", label="weight norm",
        how="The norm of each layer's weights. A slow change is usual; growth that does not end is not.",
        of=lambda training: norms(training, "weight"), remarks=remarks_on.weights,
    ),
)  # fmt: skip


def heat_maps(training: Training) -> tuple[HeatMap, ...]:
    """Those quantities of which the record holds values."""
    return tuple(found for quantity in QUANTITIES if (found := heat_map(training, quantity)))


def heat_map(training: Training, quantity: Quantity) -> HeatMap | None:
    """One quantity of every layer; None where there is nothing to see."""
    values = quantity.of(training)
    names = in_network_order(training, list(values))
    rows = folded(names)
    lines = {row: medians(values, layers) for row, layers in rows.items()}
    steps = np.unique(np.concatenate([at for at, _ in lines.values()])) if lines else np.array([])
    if not len(steps):
        return None
    table = np.full((len(lines), len(steps)), np.nan)  # (R, S)
    measured = np.zeros(table.shape, bool)
    for n, (at, y) in enumerate(lines.values()):
        where = np.searchsorted(steps, at)
        table[n, where] = np.where(np.abs(y) < LARGEST, y, np.nan)
        measured[n, where] = True
    known = table[np.isfinite(table)]
    if not len(known) or (quantity.share and not (known > 0).any()):
        return None
    start, end = span(training)
    steps, table, measured = _columns(steps, table, measured, end - start)
    scale, clipped = _scale(quantity, known)
    return HeatMap(
        title=quantity.title, description=_description(lines, quantity), x=steps_axis(training), scale=scale,
        rows=tuple(name or "(root)" for name in lines), edges=_edges(steps - start, end - start),
        cells=tuple(
            tuple(value if is_known else None for value, is_known in zip(line, here, strict=True))
            for line, here in zip(table.tolist(), measured.tolist(), strict=True)
        ),
        diverging=quantity.diverging, clipped=clipped,
        how=" ".join(filter(None, (quantity.how, folding_in_words(rows)))),
        remarks=quantity.remarks(values, names) if quantity.remarks else (),
    )  # fmt: skip


def _columns(steps: Array, table: Array, measured: Array, length: float) -> tuple[Array, Array, Array]:
    """At most `COLUMNS` of them: neighbouring samples become their mean (of those that were measured)."""
    if len(steps) <= COLUMNS:
        return steps, table, measured
    bins = np.minimum((steps - steps[0]) / max(length, 1.0) * COLUMNS, COLUMNS - 1).astype(int)
    starts = np.flatnonzero(np.r_[True, np.diff(bins) > 0])
    counts = np.add.reduceat(measured, starts, axis=1)
    with np.errstate(all="ignore"):
        means = np.add.reduceat(np.where(measured, table, 0.0), starts, axis=1) / counts
        middles = np.add.reduceat(steps, starts) / np.diff(np.append(starts, len(steps)))
    return middles, means, counts > 0


def _edges(x: Array, length: float) -> tuple[float, ...]:
    """A cell reaches halfway to its neighbours."""
    between = (x[1:] + x[:-1]) / 2
    ends: Array = np.clip(np.r_[0.0, between, length], 0.0, length)
    return tuple(ends.tolist())


def _scale(quantity: Quantity, known: Array) -> tuple[Axis, bool]:
    """The colour scale, and whether some values lie beyond it."""
    if quantity.share:
        return Axis(label=quantity.label, unit="fraction", low=0.0, high=1.0), False
    if quantity.diverging:
        most = float(np.abs(known).max())
        usual = float(np.quantile(np.abs(known), 0.98))
        reach = usual if most > 3 * usual > 0 else most or 1.0
        return Axis(label=quantity.label, low=-reach, high=reach), reach < most
    above = known[known > 0]
    if not len(above):
        return Axis(label=quantity.label, low=0.0, high=1.0), False
    low, high = float(above.min()), float(above.max())
    if high / low > LOG_FROM:
        cut = max(low, float(np.quantile(above, 0.02)) / 10, high / 1e12)
        return Axis(label=quantity.label, low=cut, high=high, log=True), cut > low
    return Axis(label=quantity.label, low=0.0, high=high), False


def _description(lines: dict[str, tuple[Array, Array]], quantity: Quantity) -> str:
    """For a reader who does not see colours: the lowest and the highest row at the last sampled step."""
    last = {row: float(y[-1]) for row, (_, y) in lines.items() if len(y) and np.isfinite(y[-1])}
    if not last:
        return f"{len(lines)} rows; no finite value at the last step."
    least, most = min(last, key=lambda row: last[row]), max(last, key=lambda row: last[row])
    if least == most or last[least] == last[most]:
        return f"{number(len(lines))} layers; at the end {measure(last[most], quantity.unit)}."
    return (
        f"{number(len(lines))} layers in network order; at the end from {measure(last[least], quantity.unit)} "
        f"({least}) to {measure(last[most], quantity.unit)} ({most})."
    )
