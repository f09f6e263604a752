"""Which optimiser holds which parameters, and how one is given more of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Optimizer = torch.optim.Optimizer
    Tensor = torch.Tensor


def parameters_of(optimizer: Optimizer) -> set[int]:
    """Identities of its parameters."""
    return {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}


def without_optimiser(parameters: Iterable[Tensor], optimizers: Iterable[Optimizer]) -> list[Tensor]:
    """Those that no optimiser holds, each once."""
    held = set().union(*map(parameters_of, optimizers))
    return list({id(one): one for one in parameters if id(one) not in held}.values())


def nearest(parameters: Iterable[Tensor], optimizers: Sequence[Optimizer]) -> Optimizer:
    """The optimiser that holds most of these; the first where none holds any."""
    sizes = {id(parameter): parameter.numel() for parameter in parameters}
    return max(optimizers, key=lambda one: sum(sizes.get(parameter, 0) for parameter in parameters_of(one)))


def add_parameters(parameters: Sequence[Tensor], optimizer: Optimizer) -> None:
    """Put them into its largest group: a new group would be one more than a schedule has rates for."""
    group = max(optimizer.param_groups, key=lambda one: sum(parameter.numel() for parameter in one["params"]))
    group["params"].extend(parameters)
