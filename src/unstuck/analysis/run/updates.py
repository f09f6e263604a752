"""How far weights move: the length of each update against the length of the weights that it changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.run.training import Track, Training
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]

MIN_ELEMENTS = 16
"""elements of a weight whose shape is not known, below which it may be a bias"""


@dataclass(frozen=True, slots=True)
class RelativeUpdates:
    """Relative updates of the weight matrices over the sampled steps."""

    step: Array
    """(S,) backward calls before"""
    ratio: Array
    """(S,) |update| / |weight before it|, the median over the weight matrices that moved"""
    largest: Array
    """(S,) the same, the largest over the weight matrices"""
    layer: str | None
    """the layer with the largest ratio"""
    backwards_a_step: float
    steps: int
    """optimiser steps in the whole run"""

    def before(self, step: float) -> RelativeUpdates:
        """What was sampled earlier than a step, and is finite."""
        kept = (self.step < step) & np.isfinite(self.ratio)
        return replace(self, step=self.step[kept], ratio=self.ratio[kept], largest=self.largest[kept])

    @property
    def typical(self) -> float:
        """Median over the sampled steps."""
        return float(np.median(self.ratio))

    @property
    def path(self) -> float:
        """Length of the way of the weights over the run, in lengths of the weights: not less than how far they got."""
        grid = np.arange(self.steps) * self.backwards_a_step
        return float(np.interp(grid, self.step, self.ratio).sum())

    @property
    def opening(self) -> float:
        """Way of the weights over the first three sampled steps, which follow each other, in lengths of theirs."""
        return float(self.ratio[:3].sum())


def relative_updates_of(training: Training) -> RelativeUpdates | None:
    """From the summaries of weights and updates; None where no matrix is known to have moved."""
    weights = {_key(track): track for track in training.tracked("weight") if _is_matrix(training, track)}
    rows: dict[int, list[tuple[float, str | None]]] = {}
    for update in training.tracked("update"):
        weight = weights.get(_key(update))
        if weight is None:
            continue
        after = dict(zip(weight.step.tolist(), weight["norm"].tolist(), strict=True))
        scale = _scale(training, weight)
        for step, moved in zip(update.step.tolist(), update["norm"].tolist(), strict=True):
            ratio = _ratio(moved, after.get(step, math.nan), after.get(step - 1), scale)
            if ratio is not None:
                rows.setdefault(int(step), []).append((ratio, update.place.get("layer")))
    if not rows:
        return None
    steps = sorted(rows)
    table = [rows[step] for step in steps]
    top = max((one for row in table for one in row), key=lambda one: one[0])
    taken = len(training.part.rows(Kind.STEP)) if not training.optimizers else sum(
        len(training.steps_of(number)) for number in {event["id"] for event in training.optimizers}
    )  # fmt: skip
    loss = training.loss
    backwards = max(1, sum(len(series.value) for series in training.losses))
    number = taken or (len(loss.value) if loss is not None else 1)
    span = float(loss.index[-1] - loss.index[0] + 1) if loss is not None else float(backwards)
    return RelativeUpdates(
        np.array(steps, dtype=np.float64),
        np.array([float(np.median([ratio for ratio, _ in row])) for row in table]),
        np.array([max(ratio for ratio, _ in row) for row in table]),
        top[1], span / max(1, number), number,
    )  # fmt: skip


def _ratio(moved: float, after: float, before: float | None, scale: float) -> float | None:
    """|update| / |weight before the step|; None where nothing moved, or where the weight was zero before."""
    if not (math.isfinite(moved) and math.isfinite(after)):
        return math.inf
    if moved == 0:
        return None
    if before is not None and math.isfinite(before) and before > 0.1 * scale:
        return moved / before
    if abs(after - moved) < 1e-3 * moved and after < scale:
        return None  # filled from zero, as the last layer of an adapter is
    # Summaries are taken after the step: what was there before is at least the difference of the two norms.
    return moved / max(abs(after - moved), after / 2, 1e-30)


def _scale(training: Training, weight: Track) -> float:
    """Norm of a weight whose rows have length one: what a layer of unit gain has."""
    count = float(np.nanmax(weight["count"]))
    parameter = training.parameters.get(weight.place.get("parameter", -1))
    shape = parameter["shape"] if parameter is not None else [math.sqrt(count), math.sqrt(count)]
    return math.sqrt(max(1.0, float(shape[0])))


def _key(track: Track) -> object:
    return track.place.get("parameter", track.place["name"])


def _is_matrix(training: Training, track: Track) -> bool:
    """Two axes or more, by the model; by the number of elements where no model tells."""
    parameter = training.parameters.get(track.place.get("parameter", -1))
    if parameter is not None:
        return len(parameter["shape"]) >= 2
    name = str(track.place["name"])
    if "bias" in name or (name.endswith("]") and "," not in name):
        return False
    return bool(np.nanmax(track["count"]) >= MIN_ELEMENTS)


def rates(training: Training) -> Array:
    """The learning rate of every step of this training, all optimisers together."""
    rows = [training.steps_of(number)["value"] for number in {event["id"] for event in training.optimizers}]
    found: Array = np.concatenate(rows) if rows else np.array([])
    kept: Array = found[np.isfinite(found)]
    return kept


def is_adaptive(training: Training) -> bool:
    """Some optimiser divides by the size of past gradients, so that its steps are about as long as its rate."""
    return any("ada" in str(event.get("class", "")).lower() or "prop" in str(event.get("class", "")).lower()
               or "lion" in str(event.get("class", "")).lower() for event in training.optimizers)


def momentum(training: Training) -> float:
    """The largest momentum of any group: steps add up to 1 / (1 - momentum) of them."""
    groups = [group for event in training.optimizers for group in event.get("groups") or ()]
    return max((float(group.get("momentum") or 0.0) for group in groups), default=0.0)
