"""How far each layer is moved in a whole run, and what gradient it gets.  S = sampled steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Track, Training
from unstuck.analysis.run.updates import is_matrix, key_of
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class LayerChange:
    """One weight matrix."""

    layer: str
    total: float
    """sum over all steps of |update| / |weight|, interpolated between the sampled ones: it has moved by no more"""
    gradient: float
    """root mean square of its gradient, median over the sampled steps"""


@fact
def layer_changes(training: Training) -> tuple[LayerChange, ...]:
    """Of every weight matrix that is updated, in the order of the forward, as the network's layers were listed."""
    gradients = {key_of(track): track for track in training.tracked("gradient")}
    weights = {key_of(track): track for track in training.tracked("weight") if is_matrix(training, track)}
    found: dict[str, LayerChange] = {}
    for update in training.tracked("update"):
        weight, gradient = weights.get(key_of(update)), gradients.get(key_of(update))
        if weight is None or gradient is None:
            continue
        total, typical = _total(training, update, weight), _rms(gradient)
        if total is not None and typical is not None:
            layer = update.place.layer or update.place.name
            found[layer] = LayerChange(layer, total, typical)
    order = {name: at for at, name in enumerate(training.modules)}
    return tuple(sorted(found.values(), key=lambda one: order.get(one.layer, len(order))))


def _total(training: Training, update: Track, weight: Track) -> float | None:
    step, mine, its = np.intersect1d(update.step, weight.step, return_indices=True)
    moved, norm = update["norm"][mine], weight["norm"][its]
    known = np.isfinite(moved) & np.isfinite(norm) & (norm > 0)
    if known.sum() < 3:
        return None
    grid = _steps(training)
    return float(np.interp(grid, step[known], moved[known] / norm[known]).sum())


def _steps(training: Training) -> Array:
    """Backward calls before each step of the optimisers."""
    numbers: Sequence[int] = tuple({optimizer.id for optimizer in training.optimizers})
    rows = [training.part.rows(Kind.STEP, number)["index"].astype(np.float64) for number in numbers]
    longest: Array = max(rows, key=len, default=np.array([]))
    return longest


def _rms(gradient: Track) -> float | None:
    norm, count = gradient["norm"], gradient["count"]
    known = np.isfinite(norm) & (count > 0)
    return float(np.median(norm[known] / np.sqrt(count[known]))) if known.sum() >= 3 else None
