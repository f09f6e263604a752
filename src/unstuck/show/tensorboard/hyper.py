"""What was set for a training, and what came of it: the table of TensorBoard's HParams page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.record import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import TrainingSummary
    from unstuck.record.reader import Event

Value = bool | float | str
SKIPPED = ("count", "initial_lr")
"""what stands in an optimiser's group and is not set by anybody"""


def settings(training: Training) -> dict[str, Value]:
    """The optimiser's hyper-parameters as it began, the loss, the batch size."""
    found: dict[str, Value] = {}
    began: dict[int, Event] = {}
    for event in training.optimizers:
        began.setdefault(event["id"], event)
    for number, event in enumerate(began.values(), 1):
        before = "" if len(began) == 1 else f"optimiser {number} "
        found[f"{before}optimiser"] = str(event.get("class"))
        for at, group in enumerate(event.get("groups") or (), 1):
            own = before if len(event["groups"]) == 1 else f"{before}group {at} "
            found |= {f"{own}{name}": value for name, value in _plain(group).items()}
    if training.loss is not None and training.loss.function:
        found["loss"] = training.loss.function
    size = batch_size(training)
    if size is not None:
        found["batch_size"] = float(size)
    return found


def _plain(group: Mapping[str, object]) -> dict[str, Value]:
    """Few columns: the page shows the first five of them. What is switched off is left out."""
    told: dict[str, Value] = {}
    for name, value in group.items():
        if name in SKIPPED or value is False:
            continue
        if isinstance(value, list):
            told[name] = ", ".join(f"{one:g}" for one in value)
        elif isinstance(value, bool | str):
            told[name] = value
        elif isinstance(value, int | float):
            told[name] = float(value)
    return told


def batch_size(training: Training) -> int | None:
    """That of the loader; where there is none, the first axis of what entered the network first."""
    for event in training.part.of(events.Loader):
        if isinstance(event.get("batch_size"), int):
            return int(event["batch_size"])
    shape: list[int] = next((event["shape"] for event in training.inputs if event.get("shape")), [])
    return int(shape[0]) if len(shape) > 1 else None


def metrics(training: Training, summary: TrainingSummary | None) -> dict[str, float]:
    """What came of it: finite or not, but known."""
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
