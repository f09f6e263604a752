"""The loss around the weights, where it was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.inside import LossLandscape

TITLE = "loss landscape"
MEASURES: tuple[type[ModelEvent], ...] = (LossLandscape,)
MOST_EXAMPLES = 512
STEPS, STEPS_OF_SQUARE = 41, 13


def measure(context: Context) -> Iterator[ModelEvent]:
    """One and two directions, on some of the held-out examples."""
    if not context.settings.landscape:
        return
    if context.predictor is None or context.examples is None or not context.predictor.is_module:
        raise TooLittle("a torch module (a landscape needs its weights)")
    given = context.given
    if given.several or not (given.task.has_classes and given.truth.ndim == 1):
        raise TooLittle("one class for each example")
    if not given.outputs.startswith("logits"):
        raise TooLittle("a network that gives logits")
    import torch

    from unstuck.evaluate.landscape import landscape

    random = np.random.default_rng(context.settings.seed)
    rows = np.sort(random.choice(len(given), min(MOST_EXAMPLES, len(given)), replace=False))
    inputs = context.examples.batch([int(one) for one in rows])
    batches = [(inputs, torch.as_tensor(given.truth[rows]))]

    def loss(made: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        if made.dim() < 2 or made.shape[1] == 1:
            return torch.nn.functional.binary_cross_entropy_with_logits(made.reshape(-1), truth.to(made))
        return torch.nn.functional.cross_entropy(made, truth.to(made.device))

    model, seed = context.predictor.model, context.settings.seed
    line = landscape(model, loss, batches, steps=STEPS, seed=seed)
    square = landscape(model, loss, batches, directions=2, steps=STEPS_OF_SQUARE, seed=seed)
    yield LossLandscape(
        examples=len(rows), x=tuple(round(float(one), 4) for one in line.x), line=tuple(map(_finite, line.losses)),
        square_x=tuple(round(float(one), 4) for one in square.x),
        square=tuple(tuple(map(_finite, one)) for one in square.losses),
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
