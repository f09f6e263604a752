"""Relative updates: the norm of each update divided by the norm of the weights that it changes.  S = sampled steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.phases import main_phase
from unstuck.analysis.run.training import Track, Training
from unstuck.core.vocabulary import ADAPTIVE_OPTIMIZERS
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]

MIN_ELEMENTS = 16
"""elements of a weight of unknown shape; with fewer it may be a bias"""
FIRST_STEPS = 3
"""sampled steps at the start of a run, which follow each other without a gap"""


@dataclass(frozen=True, slots=True)
class RelativeUpdates:
    """Relative updates of the weight matrices over the sampled steps."""

    step: Array
    """(S,) backward calls before"""
    ratio: Array
    """(S,) |update| / |weight before it|, the median over the weight matrices that changed"""
    largest: Array
    """(S,) the same, the largest over the weight matrices"""
    layer: str | None
    """the layer with the largest ratio"""
    backward_calls_per_step: float
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
    def total(self) -> float:
        """Total relative update: the sum over all steps of the run, interpolated between the sampled ones.

        It is an upper bound on the relative distance between the first and the last weights.
        """
        grid = np.arange(self.steps) * self.backward_calls_per_step
        return float(np.interp(grid, self.step, self.ratio).sum())

    @property
    def total_of_first_steps(self) -> float:
        """Sum over the first `FIRST_STEPS` sampled steps."""
        return float(self.ratio[:FIRST_STEPS].sum())


@fact
def relative_updates_of(training: Training) -> RelativeUpdates | None:
    """From the summaries of weights and updates; None where no weight matrix is known to have changed."""
    rows = _ratios(training)
    phase = main_phase(training)
    if phase is not None:
        rows = {step: row for step, row in rows.items() if phase[0] <= step <= phase[1]} or rows
    if not rows:
        return None
    steps = sorted(rows)
    table = [rows[step] for step in steps]
    _, layer = max((pair for row in table for pair in row), key=lambda pair: pair[0])
    num_steps, backward_calls_per_step = _pace(training)
    return RelativeUpdates(
        np.array(steps, dtype=np.float64),
        np.array([float(np.median([ratio for ratio, _ in row])) for row in table]),
        np.array([max(ratio for ratio, _ in row) for row in table]),
        layer, backward_calls_per_step, num_steps,
    )  # fmt: skip


def _ratios(training: Training) -> dict[int, list[tuple[float, str | None]]]:
    """Step → (relative update, layer) of each weight matrix that changed."""
    weights = {key_of(track): track for track in training.tracked("weight") if is_matrix(training, track)}
    rows: dict[int, list[tuple[float, str | None]]] = {}
    for update in training.tracked("update"):
        weight = weights.get(key_of(update))
        if weight is None:
            continue
        norms = dict(zip(weight.step.tolist(), weight["norm"].tolist(), strict=True))
        unit_gain = _unit_gain_norm(training, weight)
        for step, norm in zip(update.step.tolist(), update["norm"].tolist(), strict=True):
            ratio = _ratio(norm, norms.get(step, math.nan), norms.get(step - 1), unit_gain)
            if ratio is not None:
                rows.setdefault(int(step), []).append((ratio, update.place.layer))
    return rows


def _pace(training: Training) -> tuple[int, float]:
    """Optimiser steps of the whole run, and backward calls for each of them."""
    numbers = {optimizer.id for optimizer in training.optimizers}
    phase = main_phase(training)
    steps = [training.steps_of(number) for number in numbers]
    if phase is not None:
        steps = [rows[(rows["index"] > phase[0]) & (rows["index"] <= phase[1] + 1)] for rows in steps]
    of_optimizers = sum(map(len, steps))
    taken = of_optimizers if numbers else len(training.part.rows(Kind.STEP))
    loss = training.loss
    num_steps = taken or (len(loss.value) if loss is not None else 1)
    calls = float(loss.index[-1] - loss.index[0] + 1) if loss is not None else 1.0
    return num_steps, calls / max(1, num_steps)


def _ratio(update: float, after: float, before: float | None, unit_gain: float) -> float | None:
    """|update| / |weight before the step|; None where nothing changed, or where the weight was zero before."""
    if not (math.isfinite(update) and math.isfinite(after)):
        return math.inf
    if update == 0:
        return None
    if before is not None and math.isfinite(before) and before > 0.1 * unit_gain:
        return update / before
    if abs(after - update) < 1e-3 * update and after < unit_gain:
        return None  # filled from zero, as the last layer of an adapter is
    # Summaries are taken after the step: the norm before it is at least the difference of the two norms.
    return update / max(abs(after - update), after / 2, 1e-30)


def _unit_gain_norm(training: Training, weight: Track) -> float:
    """Norm of a weight whose rows have norm one: what a layer of unit gain has."""
    count = float(np.nanmax(weight["count"]))
    parameter = training.parameters.get(_parameter(weight))
    rows = float(parameter.shape[0]) if parameter is not None else math.sqrt(count)
    return math.sqrt(max(1.0, rows))


def _parameter(track: Track) -> int:
    """The id of the track's parameter; -1 where it is unknown."""
    return track.place.parameter if track.place.parameter is not None else -1


def key_of(track: Track) -> object:
    """What the weight, the gradient and the update of one parameter have in common."""
    return track.place.parameter if track.place.parameter is not None else track.place.name


def is_matrix(training: Training, track: Track) -> bool:
    """Two axes or more, by the model; by the number of elements where the model is unknown."""
    parameter = training.parameters.get(_parameter(track))
    if parameter is not None:
        return len(parameter.shape) >= 2
    name = track.place.name
    if "bias" in name or (name.endswith("]") and "," not in name):
        return False
    return bool(np.nanmax(track["count"]) >= MIN_ELEMENTS)


def rates(training: Training) -> Array:
    """The finite learning rates of every step of this training, all optimisers together."""
    numbers = {optimizer.id for optimizer in training.optimizers}
    columns = [training.steps_of(number)["value"] for number in numbers]
    values: Array = np.concatenate(columns) if columns else np.array([])
    kept: Array = values[np.isfinite(values)]
    return kept


def is_adaptive(training: Training) -> bool:
    """Whether some optimiser divides by the size of past gradients: its step length is about its learning rate."""
    return any(
        word in optimizer.class_name.lower() for optimizer in training.optimizers for word in ADAPTIVE_OPTIMIZERS
    )


def momentum(training: Training) -> float:
    """The largest momentum of any group: steps add up to 1 / (1 - momentum) of them."""
    groups = [group for optimizer in training.optimizers for group in optimizer.groups]
    return max((float(group.momentum or 0.0) for group in groups), default=0.0)
