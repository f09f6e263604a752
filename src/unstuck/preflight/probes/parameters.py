"""Which trainable parameters the loss reaches, and which the optimisers hold."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from unstuck.preflight.allowance import Allowance
from unstuck.preflight.context import Context, backward
from unstuck.preflight.state import Module
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.network import ParameterReach

TITLE = "parameters reached and held"
MEASURES: tuple[type[ProbeEvent], ...] = (ParameterReach,)
SHARE = 0.0
SECONDS_SHARE = 0.05
"""of the budget, after which no more than the fewest batches are looked at"""
FEWEST = 8


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A backward for each batch: a layer may be used for some of them only."""
    context.batch  # noqa: B018 - raises where there is none
    names = context.parameter_names
    parameters = {id(p): p for network in context.networks for p in network.parameters()}
    trainable = {key: p for key, p in parameters.items() if p.requires_grad}
    reached: set[int] = set()
    moved: set[int] = set()
    done = 0
    allowed = Allowance(SECONDS_SHARE * context.budget)
    for batch in context.batches:
        if len(moved) == len(trainable) or (done >= FEWEST and allowed.over):
            break
        done += 1
        context.zero_grad()
        with torch.enable_grad():
            loss = batch.loss()
        if loss.requires_grad:
            backward(loss)
        for key, parameter in trainable.items():
            if parameter.grad is not None:
                reached.add(key)
                if bool(parameter.grad.ne(0).any()):
                    moved.add(key)
    if len(context.networks) > 1:  # one that no loss reaches at all is trained by steps to come
        elsewhere = [network for network in context.networks if reached.isdisjoint(map(id, network.parameters()))]
        trainable = {key: p for key, p in trainable.items() if key not in _only_in(elsewhere, context.networks)}
    held = {id(p) for optimizer in context.optimizers for group in optimizer.param_groups for p in group["params"]}
    unreached = [key for key in trainable if key not in reached]
    yield ParameterReach(
        trainable=len(trainable), elements=sum(p.numel() for p in trainable.values()),
        unreached=tuple(names.get(key, "") for key in unreached),
        unreached_elements=sum(trainable[key].numel() for key in unreached),
        zero=tuple(names.get(key, "") for key in trainable if key in reached - moved),
        not_held=tuple(names.get(key, "") for key in trainable if key in reached and key not in held),
        held=len(held & parameters.keys()), batches=done,
        frozen=tuple(names.get(key, "") for key, p in parameters.items() if not p.requires_grad),
    )  # fmt: skip


def _only_in(some: list[Module], networks: tuple[Module, ...]) -> set[int]:
    """Parameters of these networks, and of no other."""
    others = {id(p) for network in networks if network not in some for p in network.parameters()}
    return {id(p) for network in some for p in network.parameters()} - others
