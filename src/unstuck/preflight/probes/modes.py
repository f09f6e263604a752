"""Training and evaluation mode, and an example alone and in its batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from unstuck.core.outcome import TooLittle
from unstuck.preflight.context import Context, relative
from unstuck.preflight.state import Module, Tensor, seed_all
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import Modes

TITLE = "training and evaluation mode"
MEASURES: tuple[type[ProbeEvent], ...] = (Modes,)
SHARE = 0.0
ALONE = 4
"""examples that are predicted alone"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """Forward passes in both modes."""
    batch = context.batch

    def output(seed: int) -> Tensor:
        seed_all(seed)
        return context.output(batch).detach().clone()

    with torch.no_grad():
        training, again = output(0), output(1)
    with context.kept(), context.evaluating():
        evaluated, other = output(0), output(1)
        single = _single(context, evaluated)
    if evaluated.shape != training.shape or evaluated.shape != other.shape:
        raise TooLittle("outputs of one shape")
    yield Modes(
        change=relative(evaluated - training, training), explained=tuple(_by_design(context)),
        random_in_training=relative(again - training, training),
        random_in_evaluation=relative(other - evaluated, evaluated), single=single, examples=batch.size,
    )


def _single(context: Context, whole: Tensor) -> float | None:
    batch = context.batch
    size, axis = batch.size, batch.axis
    if axis is None or size < 2 or whole.shape[0] != size:
        return None
    changes = []
    for at in range(min(ALONE, size)):
        try:
            seed_all(0)
            alone = context.output(batch.rows([at]))
        except TooLittle:
            return None
        except Exception:
            return None  # the size of a batch is written into the network
        if alone.shape != whole[at : at + 1].shape:
            return None
        changes.append(relative(alone - whole[at : at + 1], whole))
    return max(changes)


def _by_design(context: Context) -> Iterator[str]:
    for network in context.networks:
        for module in network.modules():
            if _differs(module):
                yield context.names.get(id(module), "")


def _differs(module: Module) -> bool:
    name = type(module).__name__
    return "Dropout" in name or "BatchNorm" in name or "StochasticDepth" in name or "DropPath" in name or (
        isinstance(module, torch.nn.RNNBase | torch.nn.MultiheadAttention) and bool(module.dropout)
    )
