"""Short trainings on a few examples: how far the loss falls, and of what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.allowance import Allowance
from unstuck.preflight.batch import Batch
from unstuck.preflight.context import Context, mean
from unstuck.preflight.loss_function import LossCall, spied
from unstuck.record.events.probe.loss import Fit

IN_A_ROW = 5
"""losses whose mean counts"""
FITTED = 0.95
"""share of the baseline loss, after which a fit ends"""
KEPT = 200
"""losses of a fit that are kept"""
ADAM_RATES = (1e-3, 1e-2, 1e-4)
"""rates of Adam that are tried where the own optimiser does not fit"""


def small_batch(context: Context, examples: int) -> Batch:
    """Its first examples; the whole where it cannot be cut.

    Raises:
        TooLittle: there is none.
    """
    batch = context.batch
    size = batch.size
    if not size or size <= examples:
        return batch
    cut = batch.rows(range(examples))
    try:
        with torch.no_grad(), context.kept():
            cut.loss()
    except Exception:
        return batch  # the size of a batch is written into the network or the loop
    return cut


def call_of(context: Context, batch: Batch) -> LossCall:
    """The loss function of a batch.

    Raises:
        TooLittle: it is none that is known, so nobody knows what it could be at best.
    """
    with context.kept(), torch.no_grad():
        found = spied(batch).call
    if found is None:
        raise TooLittle("a loss that is one call of a loss function of torch")
    return found


@contextmanager
def without_dropout(context: Context) -> Iterator[None]:
    """Noise keeps no network from fitting; nothing of it is part of the question."""
    layers = [
        module for network in context.networks for module in network.modules()
        if "Dropout" in type(module).__name__ and module.training
    ]  # fmt: skip
    for module in layers:
        module.training = False
    try:
        yield
    finally:
        for module in layers:
            module.training = True


def fit(
    context: Context, batch: Batch, steps: int, seconds: float, *, name: str, baseline: float, floor: float,
    rate: float | None = None,
) -> Fit:  # fmt: skip
    """One training on a batch, from the state that was found."""
    goal = baseline - FITTED * (baseline - floor)
    with context.kept(), without_dropout(context):
        losses = context.train([batch], steps, rate=rate, until=Allowance(seconds), stop_below=goal)
    finite = [loss for loss in losses if math.isfinite(loss)]
    last = lowest(finite)
    fell = (baseline - last) / (baseline - floor) if baseline > floor and finite else None
    return Fit(
        name=name, rate=rate if rate is not None else max(context.rates, default=math.nan),
        losses=tuple(losses[:KEPT]), last=last, fell=fell,
    )


def lowest(losses: Sequence[float]) -> float:
    """Lowest mean of some in a row; the last one alone where the training ended because it was low enough."""
    if len(losses) < IN_A_ROW:
        return losses[-1] if losses else math.inf
    means = [mean(losses[at : at + IN_A_ROW]) for at in range(len(losses) - IN_A_ROW + 1)]
    return min(*means, losses[-1])


def with_adam(context: Context, rate: float) -> Context:
    """The same parameters in an optimiser that needs no tuning."""
    parameters = [p for optimizer in context.optimizers for group in optimizer.param_groups for p in group["params"]
                  if p.requires_grad]  # fmt: skip
    if not parameters:
        raise TooLittle("an optimiser that holds trainable parameters")
    return replace(context, optimizers=(torch.optim.Adam(list(dict.fromkeys(parameters)), lr=rate),))
