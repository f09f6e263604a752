"""What a recorder knows of each optimiser, each loss series, and each loss whose fate is open."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

import torch

from unstuck.record.events import ParamGroup
from unstuck.watch.source import Location, Where
from unstuck.watch.torch.summary import has_values

Tensor = torch.Tensor
PROBE_NODES = 400
NUMBERS = ("lr", "initial_lr", "momentum", "weight_decay", "eps", "alpha", "rho", "dampening")
SWITCHES = ("nesterov", "amsgrad", "maximize")
COUNTS = ("max_iter", "history_size")


@dataclass(slots=True)
class OptimizerEntry:
    """One optimiser, watched for as long as it lives."""

    number: int
    optimizer: weakref.ref[torch.optim.Optimizer]
    parameters: set[int]
    place: Where
    made_at: int
    """backward calls made before it was constructed"""
    loads: int = 0
    """states loaded before it was constructed"""
    told: bool = False
    training: int | None = None
    steps: int = 0
    zeroed: int = 0
    elsewhere: bool = False
    """it steps in a thread whose training is not recorded"""
    hyper: tuple[ParamGroup, ...] | None = None


@dataclass(slots=True)
class SeriesEntry:
    """One loss series: the timeline's source number and the training that it belongs to."""

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
    thread: int


def hyper_parameters(optimizer: torch.optim.Optimizer) -> tuple[ParamGroup, ...]:
    """Every group's hyper-parameters as plain values; what has another type than usual is left out."""
    return tuple(_param_group(group) for group in optimizer.param_groups)


def _param_group(group: dict[str, Any]) -> ParamGroup:
    betas, search = group.get("betas"), group.get("line_search_fn")
    numbers = tuple(number for beta in betas if (number := _number(beta)) is not None) if _is_pair(betas) else None
    usual: dict[str, Any] = {name: _number(group.get(name)) for name in NUMBERS}
    usual |= {name: group[name] for name in SWITCHES if isinstance(group.get(name), bool)}
    usual |= {name: group[name] for name in COUNTS if isinstance(group.get(name), int)}
    return ParamGroup(
        count=len(group["params"]), betas=numbers, line_search_fn=search if isinstance(search, str) else None, **usual
    )


def _is_pair(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, tuple | list)


def _number(value: object) -> float | None:
    if isinstance(value, Tensor):
        return float(value) if value.numel() == 1 and has_values(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


class Probe(NamedTuple):
    """What lies down the graph, in microseconds: tells two networks trained at one line apart."""

    leaf: Tensor | None
    """the first parameter, depth first; a tensor that the loss was derived by, new at every step, is none"""
    complete: bool
    """whether the search came to an end"""


def probe(loss: Tensor, is_parameter: Callable[[Tensor], bool]) -> Probe:
    """The first parameter above a loss."""
    waiting: list[Any] = [loss.grad_fn]
    seen: set[Any] = set()
    while waiting and len(seen) < PROBE_NODES:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if isinstance(variable, Tensor) and is_parameter(variable):
            return Probe(variable, complete=True)
        waiting += [following for following, _ in reversed(node.next_functions)]
    return Probe(None, complete=not waiting)
