"""What 16-bit numbers lose: updates too small for the weights, gradients too small for a number.  S = sampled steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training
from unstuck.analysis.run.updates import is_matrix, key_of
from unstuck.record import events
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]

EPSILON = {"bfloat16": 2.0**-8, "float16": 2.0**-11}
"""relative distance of a number to the next ones, halved: smaller changes are rounded away"""
LEAST = {"float16": 6e-8}
"""the smallest number above zero"""


@dataclass(frozen=True, slots=True)
class Rounding:
    """Shares over all weight matrices, weighted by their elements."""

    dtype: str
    """of the weights, or of the operations under autocast"""
    autocast: bool
    """the weights have 32 bits"""
    scaled: bool
    """a gradient scaler was used"""
    lost: float
    """share of the weights with a gradient that a step does not change, median over the steps"""
    empty: float
    """share of the gradient's elements that are exactly zero, median over the steps"""
    relative_update: float
    """|update| / |weight|, the median over steps and matrices"""
    layer: str | None
    """where most is lost"""


@fact
def rounding_of(training: Training) -> Rounding | None:
    """None where all numbers have 32 bits, or where this is not known."""
    cast = [event.dtype.removeprefix("torch.") for event in training.part.of(events.Autocast)]
    dtype = next((name for name in cast if name in EPSILON), "") if cast else _dtype(training)
    if dtype not in EPSILON:
        return None
    gradients = {key_of(track): track for track in training.tracked("gradient")}
    weights = {key_of(track): track for track in training.tracked("weight") if is_matrix(training, track)}
    rows: list[tuple[float, float, float, float, str | None]] = []  # elements, lost, empty, relative update, layer
    for update in training.tracked("update"):
        gradient, weight = gradients.get(key_of(update)), weights.get(key_of(update))
        if gradient is None or weight is None:
            continue
        _, mine, its = np.intersect1d(update.step, gradient.step, return_indices=True)
        there = 1 - gradient["zeros"][its]
        known = np.isfinite(there)
        if not known.any():
            continue
        some = known & (there > 0)
        lost = np.clip(1 - (1 - update["zeros"][mine][some]) / there[some], 0, 1) if some.any() else np.zeros(1)
        _, a, b = np.intersect1d(update.step, weight.step, return_indices=True)
        relative = update["norm"][a] / np.maximum(weight["norm"][b], 1e-30)
        rows.append((
            float(np.nanmax(update["count"])), float(np.median(lost)), float(np.median(1 - there[known])),
            float(np.nanmedian(relative)), update.place.layer,
        ))  # fmt: skip
    if not rows:
        return None
    size = np.array([row[0] for row in rows])
    lost, empty, relative = (np.array([row[at] for row in rows]) for at in (1, 2, 3))
    return Rounding(
        dtype=dtype, autocast=bool(cast), scaled=len(training.part.rows(Kind.SCALER)) > 0,
        lost=float((size * lost).sum() / size.sum()), empty=float((size * empty).sum() / size.sum()),
        relative_update=float(np.median(relative)), layer=rows[int((size * lost).argmax())][4],
    )  # fmt: skip


def _dtype(training: Training) -> str:
    """Of what the network gives, or of the data that it reads."""
    seen = [call.input.dtype for call in training.loss_calls if call.phase == "train"]
    seen += [one.values.dtype for one in training.inputs]
    return next((name for name in seen if name in EPSILON), "")
