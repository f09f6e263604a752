"""The curves of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.figures.by_layer import norms, update_ratios
from unstuck.figures.learning_curve import span
from unstuck.figures.reduce import mean_by_position
from unstuck.show.tensorboard.values import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unstuck.analysis.run.training import Series, Training
    from unstuck.record.events import Optimizer

Array = np.ndarray[Any, Any]
ACTIVATION = {"mean": "activation_mean", "std": "activation_std", "zeros": "activation_zero_fraction"}
"""columns of a summary, and the group of their curves"""
ROOT = "(root)"


def lines(training: Training) -> Iterator[Line]:
    """All curves of a training, each with a tag of its own."""
    start = int(span(training)[0])
    uses: dict[str, int] = {}
    for line in (*_losses(training), *_rates(training), *_layers(training)):
        uses[line.tag] = uses.get(line.tag, 0) + 1
        tag = line.tag if uses[line.tag] == 1 else f"{line.tag} ({uses[line.tag]})"
        yield Line(tag, line.step.astype(np.int64) - start, line.seconds, line.value)


def _losses(training: Training) -> Iterator[Line]:
    for series in training.losses:
        yield Line(_named("loss/train", series, training.losses), series.index, series.time, series.value)
    for series in training.evals:
        name = _named("loss/held-out", series, training.evals)
        positions, means = mean_by_position(series.index, series.value)
        if len(positions) == len(series.index):
            yield Line(name, series.index, series.time, series.value)
            continue
        # An evaluation of several batches is one value; the time is that of its last batch.
        last = np.searchsorted(series.index, positions, side="right") - 1
        yield Line(name, positions, series.time[last], means)
        yield Line(f"{name}, each batch", series.index, series.time, series.value)


def _named(name: str, series: Series, among: Sequence[Series]) -> str:
    if len(among) == 1:
        return name
    return f"{name} {series.function or ''} (line {series.line})".replace("  ", " ")


def _rates(training: Training) -> Iterator[Line]:
    for optimizer in {optimizer.id: optimizer for optimizer in training.optimizers}.values():
        rows = training.steps_of(optimizer.id)
        if len(rows):
            yield Line(f"learning_rate/{_of(optimizer)}", rows["index"], rows["time"], rows["value"])


def _of(optimizer: Optimizer) -> str:
    line = f" (line {optimizer.line})" if optimizer.line else ""
    return f"{optimizer.class_name or 'optimiser'}{line}"


def _layers(training: Training) -> Iterator[Line]:
    seconds = {frame.step: frame.seconds for frame in training.part.frames}
    groups: Mapping[str, Mapping[str, tuple[Array, Array]]] = {
        "gradient_norm": norms(training, "gradient"), "weight_norm": norms(training, "weight"),
        "update_to_weight": update_ratios(training),
    }  # fmt: skip
    for group, layers in groups.items():
        for layer, (steps, values) in layers.items():
            yield Line(f"{group}/{layer or ROOT}", steps, _times(steps, seconds), values)
    for track in training.tracked("activation"):
        name = track.place.name or track.place.layer or ROOT
        for column, group in ACTIVATION.items():
            yield Line(f"{group}/{name}", track.step, _times(track.step, seconds), track[column])


def _times(steps: Array, seconds: Mapping[int, float]) -> Array:
    return np.array([seconds.get(int(step), 0.0) for step in steps])
