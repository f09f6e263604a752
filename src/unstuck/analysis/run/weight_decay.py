"""What weight decay does to the weights: their norms over the run, and its pull beside that of the gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Track, Training

Array = np.ndarray[Any, Any]
DECOUPLED = ("AdamW", "SGDW", "Lion", "Muon", "LAMB", "Adafactor")
"""optimisers that take the decay off the weights instead of adding it to the gradient (Loshchilov and Hutter 2019)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """The largest weight decay of a training's optimisers, and what it did."""

    decay: float
    decoupled: bool
    optimizer: int
    matrices: int
    """weight matrices that were measured twice or more"""
    shrunk: float
    """median over them: last norm / first norm"""
    pull: float
    """median over them and the late sampled steps: decay × |weight| / |gradient|; NaN where it is decoupled"""
    exponent: float
    """sum over the steps of rate × decay: alone it would leave exp(-exponent) of the weights"""


@fact
def decay_of(training: Training) -> Decay | None:
    """None where nothing decays."""
    largest = max(
        ((float(group.weight_decay or 0.0), optimizer) for optimizer in training.optimizers
         for group in optimizer.groups),
        key=lambda pair: pair[0], default=None,
    )  # fmt: skip
    if largest is None or largest[0] <= 0:
        return None
    decay, optimizer = largest
    decoupled = optimizer.class_name in DECOUPLED
    weights = [track for track in training.tracked("weight") if _is_matrix(training, track) and len(track.step) > 1]
    gradients = {_key(track): track for track in training.tracked("gradient")}
    shrunk = [_ratio(track) for track in weights]
    pulls = [
        pull for track in weights
        if (other := gradients.get(_key(track))) is not None for pull in _pulls(track, other, decay)
    ]  # fmt: skip
    rates = training.steps_of(optimizer.id)["value"]
    momentum = max((float(group.momentum or 0.0) for group in optimizer.groups), default=0.0)
    return Decay(
        decay=decay, decoupled=decoupled, optimizer=optimizer.id, matrices=len(weights),
        shrunk=_median(shrunk), pull=math.nan if decoupled else _median(pulls),
        exponent=float(np.nansum(rates)) * decay / max(1e-3, 1.0 - momentum),
    )  # fmt: skip


def _key(track: Track) -> object:
    return track.place.parameter if track.place.parameter is not None else track.place.name


def _is_matrix(training: Training, track: Track) -> bool:
    same = (p for p in training.parameters.values() if _key(track) in (p.id, p.name))
    return any(len(parameter.shape) >= 2 for parameter in same)


def _ratio(track: Track) -> float:
    norms = track["norm"][np.isfinite(track["norm"])]
    return float(norms[-1] / norms[0]) if len(norms) and norms[0] > 0 else math.nan


def _pulls(weight: Track, gradient: Track, decay: float) -> list[float]:
    """At the later half of the sampled steps that measured both."""
    norms = dict(zip(weight.step.tolist(), weight["norm"].tolist(), strict=True))
    pairs = [
        (norms[step], norm) for step, norm in zip(gradient.step.tolist(), gradient["norm"].tolist(), strict=True)
        if step in norms and math.isfinite(norm)
    ]  # fmt: skip
    return [decay * size / max(norm, 1e-30) for size, norm in pairs[len(pairs) // 2 :]]


def _median(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.median(known)) if known else math.nan
