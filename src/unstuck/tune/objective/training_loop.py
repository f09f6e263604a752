"""The plain loop that trains a module which a build function returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unstuck.core.errors import UsageError
from unstuck.tune.objective.outcome import Report
from unstuck.tune.objective.training_data import TrainingData
from unstuck.tune.space.parameter import Value, is_learning_rate

OPTIMISERS = ("adam", "adamw", "sgd")
BATCH_SIZE = 32
METRICS = ("loss", "accuracy")
Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSettings:
    """What of the hyper-parameters the loop itself understands, by these names."""

    learning_rate: float
    batch_size: int = BATCH_SIZE
    weight_decay: float = 0.0
    momentum: float = 0.0
    """of sgd"""
    optimizer: str = "adam"
    epochs: int = 20

    @classmethod
    def of(cls, values: Mapping[str, Value], epochs: int) -> LoopSettings:
        """From the values that a build function asked for."""
        rate = next((value for name, value in values.items() if is_learning_rate(name)), None)
        optimizer = str(values.get("optimizer", "adam")).lower()
        if optimizer not in OPTIMISERS:
            raise UsageError(
                f"The optimizer {optimizer} is unknown to the training loop. Known are {', '.join(OPTIMISERS)}. "
                "Return a pair (module, optimizer) from the build function to use another."
            )
        return cls(
            learning_rate=float(rate or 1e-3), optimizer=optimizer,
            batch_size=int(values.get("batch_size") or BATCH_SIZE),
            weight_decay=float(values.get("weight_decay") or 0.0), momentum=float(values.get("momentum") or 0.0),
            epochs=int(values.get("epochs") or epochs),
        )  # fmt: skip


def train(
    model: Any, optimizer: Any | None, data: TrainingData, settings: LoopSettings, *, report: Report,
    loss: Loss | None = None, metric: str | None = None,
) -> float:  # fmt: skip
    """Train; the held-out loss, or another metric, after the last epoch. NaN ends it.

    Args:
        model: a torch module.
        optimizer: of its parameters; by default one by the settings.
        data: training and held-out examples.
        settings: of the loop.
        report: is called with every epoch and the value after it.
        loss: of the output and the target; by default by the type of the targets.
        metric: ``loss`` or ``accuracy`` of the held-out examples.
    """
    import math

    import torch

    if metric not in (None, *METRICS):
        raise UsageError(f"There is no metric {metric} for a module. Known are {', '.join(METRICS)}.")
    chosen = optimizer if optimizer is not None else optimizer_of(model, settings)
    measure = loss or default_loss
    value = math.nan
    for epoch in range(settings.epochs):
        model.train()
        for x, y in data.batches(settings.batch_size):
            chosen.zero_grad()
            measure(model(x), y).backward()
            chosen.step()
        model.eval()
        with torch.no_grad():
            value = _held_out(model, data, measure, accuracy=metric == "accuracy")
        if not math.isfinite(value):
            break
        report(epoch, value)
    return value


def _held_out(model: Any, data: TrainingData, measure: Loss, *, accuracy: bool) -> float:
    total, count = 0.0, 0
    for x, y in data.held_out_batches():
        output = model(x)
        value = _correct(output, y) if accuracy else float(measure(output, y))
        total, count = total + value * len(x), count + len(x)
    return total / max(count, 1)


def _correct(output: Any, y: Any) -> float:
    """Share of right predictions."""
    if output.ndim > 1 and output.shape[1] > 1:
        return float((output.argmax(1) == y).float().mean())
    return float(((output.reshape(len(y)) > 0).long() == y.reshape(len(y)).long()).float().mean())


def optimizer_of(model: Any, settings: LoopSettings) -> Any:
    """As the settings say."""
    import torch

    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), lr=rate, momentum=settings.momentum, weight_decay=decay)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(model.parameters(), lr=rate, weight_decay=decay)


def default_loss(output: Any, y: Any) -> Any:
    """Cross entropy for classes (whole numbers), mean squared error for numbers."""
    from torch.nn import functional

    if y.is_floating_point():
        return functional.mse_loss(output.reshape(y.shape), y)
    if output.ndim > 1 and output.shape[1] > 1:
        return functional.cross_entropy(output, y)
    return functional.binary_cross_entropy_with_logits(output.reshape(y.shape), y.to(output.dtype))
