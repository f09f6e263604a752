"""What a recorder knows of each optimiser, each loss series, and each loss whose fate is open."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from unstuck.watch.source import Location

Tensor = torch.Tensor
PROBE_DEPTH = 400
HEADS = {
    "NllLossBackward0": "nll_loss", "NllLoss2DBackward0": "nll_loss", "MseLossBackward0": "mse_loss",
    "L1LossBackward0": "l1_loss", "SmoothL1LossBackward0": "smooth_l1_loss", "HuberLossBackward0": "huber_loss",
    "BinaryCrossEntropyBackward0": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogitsBackward0": "binary_cross_entropy_with_logits",
}
"""graph nodes that are loss functions"""
HYPER = ("lr", "momentum", "weight_decay", "betas", "eps", "alpha", "nesterov", "dampening", "rho", "max_iter",
         "history_size", "line_search_fn", "amsgrad", "maximize", "initial_lr")


@dataclass(slots=True)
class OptimizerEntry:
    """One optimiser, watched for as long as it lives."""

    number: int
    optimizer: weakref.ref[torch.optim.Optimizer]
    parameters: set[int]
    place: dict[str, Any]
    told: bool = False
    training: int | None = None
    steps: int = 0
    zeroed: int = 0
    hyper: Any = None


@dataclass(slots=True)
class SeriesEntry:
    """One loss series: the tape's source number and the training that it belongs to."""

    number: int
    training: int
    generation: int
    made: int = 0
    leaf: weakref.ref[Tensor] | None = None


class PendingLoss(NamedTuple):
    """A loss that carries a gradient, whose fate (trained on or only looked at) is not known yet."""

    site: tuple[int, int]
    node: int
    function: str
    place: Location | None
    value: Tensor
    """detached: the number is kept, not the graph"""


def hyper_parameters(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """Every group's hyper-parameters as plain values, with the ids of its parameters counted."""
    told = []
    for group in optimizer.param_groups:
        plain: dict[str, Any] = {}
        for key in HYPER:
            value = group.get(key)
            if isinstance(value, Tensor):
                value = float(value)
            if isinstance(value, bool | int | float | str):
                plain[key] = value
            elif isinstance(value, tuple):
                plain[key] = [float(one) for one in value]
        told.append({**plain, "count": len(group["params"])})
    return told


def probe(loss: Tensor) -> Tensor | None:
    """The first leaf down the graph: tells two networks trained at one line apart, in microseconds."""
    node: Any = loss.grad_fn
    for _ in range(PROBE_DEPTH):
        if node is None:
            return None
        following = next((n for n, _ in node.next_functions if n is not None), None)
        if following is None:
            variable = getattr(node, "variable", None)
            return variable if isinstance(variable, Tensor) else None
        node = following
    return None
