"""The settings of a training and its results: the table of TensorBoard's HParams page."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from unstuck.record.events import Loader

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import TrainingSummary
    from unstuck.record.events import Optimizer, ParamGroup
    from unstuck.show.tensorboard.values import Setting

NOT_SET = ("count", "initial_lr")
"""fields of a parameter group that nobody sets"""


def settings(training: Training) -> dict[str, Setting]:
    """The optimiser's hyper-parameters as it began, the loss, the batch size."""
    found: dict[str, Setting] = {}
    first: dict[int, Optimizer] = {}
    for optimizer in training.optimizers:
        first.setdefault(optimizer.id, optimizer)
    for number, optimizer in enumerate(first.values(), 1):
        before = "" if len(first) == 1 else f"optimiser {number} "
        found[f"{before}optimiser"] = optimizer.class_name
        for at, group in enumerate(optimizer.groups, 1):
            own = before if len(optimizer.groups) == 1 else f"{before}group {at} "
            found |= {f"{own}{name}": value for name, value in _settings(group).items()}
    if training.loss is not None and training.loss.function:
        found["loss"] = training.loss.function
    size = batch_size(training)
    if size is not None:
        found["batch_size"] = float(size)
    return found


def _settings(group: ParamGroup) -> dict[str, Setting]:
    """Few columns: the page shows the first five of them. Switches that are off are left out."""
    found: dict[str, Setting] = {}
    for field in dataclasses.fields(group):
        value = getattr(group, field.name)
        if field.name in NOT_SET or value is None or value is False:
            continue
        if isinstance(value, tuple):
            found[field.name] = ", ".join(f"{item:g}" for item in value)
        else:
            found[field.name] = value if isinstance(value, bool | str) else float(value)
    return found


def batch_size(training: Training) -> int | None:
    """That of the loader; without one, the first axis of the first input of the network."""
    for loader in training.part.of(Loader):
        if loader.batch_size is not None:
            return loader.batch_size
    shape = next((seen.values.shape for seen in training.inputs if seen.values.shape), ())
    return shape[0] if len(shape) > 1 else None


def metrics(training: Training, summary: TrainingSummary | None) -> dict[str, float]:
    """The results that are known, finite or not."""
    found: dict[str, float] = {}
    if summary is not None:
        found |= {"final/train_loss": summary.last_loss, "final/best_train_loss": summary.best_loss}
        if summary.baseline_loss is not None and math.isfinite(summary.baseline_loss):
            found["final/baseline_loss"] = summary.baseline_loss
    if training.evals:
        longest = training.evals[0]
        last = longest.value[longest.index == longest.index[-1]]
        found["final/held_out_loss"] = float(last.mean())
    return found
