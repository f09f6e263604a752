"""How much a loss could still fall by its gradient: next to nothing at an optimum, however it was reached."""

from __future__ import annotations

import math

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Array, Track, Training
from unstuck.core.vocabulary import BOUNDED, RECTIFIERS, WEIGHTED

NOTHING_LEFT = 0.05
"""share of the loss by which it would fall, along its slope, if all weights moved by their own norm"""


@fact
def slope(training: Training) -> float | None:
    """Norm of the gradient times norm of the weights, over the loss: median of the sampled steps; None if unknown.

    Weights that begin near zero count as if their rows had norm 1: there is a way to go for them.
    """
    loss = training.loss
    if loss is None:
        return None
    values = dict(zip(loss.index.tolist(), loss.value.tolist(), strict=True))
    weights = {
        _key(track): dict(zip(track.step.tolist(), _norms(track).tolist(), strict=True))
        for track in training.tracked("weight")
    }
    gain: dict[int, float] = {}
    for track in training.tracked("gradient"):
        lengths = weights.get(_key(track))
        if lengths is None:
            return None
        for step, norm in zip(track.step.tolist(), track["norm"].tolist(), strict=True):
            gain[step] = gain.get(step, 0.0) + norm * lengths.get(step, math.nan)
    shares = [gain[step] / abs(values[step]) for step in gain if values.get(step)]
    finite = [share for share in shares if math.isfinite(share)]
    return float(np.median(finite)) if finite else None


def is_at_optimum(training: Training) -> bool:
    """Nothing is left to gain, and no hidden layer can hide that: the loss of a table or a linear model is convex."""
    left = slope(training)
    return left is not None and left < NOTHING_LEFT and bool(training.graphs) and not _has_hidden_layer(training)


def _has_hidden_layer(training: Training) -> bool:
    bending = {*RECTIFIERS, *BOUNDED}
    for graph in training.graphs:
        ops = [node.op for node in graph.nodes]
        leaves = len({node.leaf for node in graph.nodes if node.leaf is not None})
        if sum(op in WEIGHTED for op in ops) > 1 or any(op in bending for op in ops) or leaves > 2 or graph.truncated:
            return True
    return False


def _norms(track: Track) -> Array:
    """Norms of the weights, and at least that of a square matrix whose rows have norm 1."""
    least: Array = track["count"] ** 0.25
    return np.maximum(track["norm"], least)


def _key(track: Track) -> object:
    return track.place.parameter if track.place.parameter is not None else track.place.name
