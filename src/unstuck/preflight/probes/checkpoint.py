"""Saved and loaded, the network answers the same and its training goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch

from unstuck.preflight.context import Context, relative
from unstuck.preflight.lighter import lighter
from unstuck.preflight.state import Module, State, Tensor, seed_all
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.behaviour import SavedAndLoaded

TITLE = "saving and loading"
MEASURES: tuple[type[ProbeEvent], ...] = (SavedAndLoaded,)
SHARE = 0.0
STEPS, STEPS_IN_ALL = 3, 12
SECONDS_SHARE = 0.05
"""of the budget, that all steps should take; if they take more, batches have fewer examples"""
SCRAMBLED = 0.5
"""spread of what weights are set to before they are loaded"""


def probe(context: Context) -> Iterator[ProbeEvent]:
    """A few steps, a round trip of network and optimiser, a few steps more."""
    context.batch  # noqa: B018 - raises where there is none
    context = lighter(context, STEPS_IN_ALL, SECONDS_SHARE * context.budget)
    batches = context.batches[:STEPS]
    before = {key: tensor.detach().clone() for key, tensor in _unsaved(context).items()}
    context.train(batches, STEPS)
    now = _unsaved(context)
    changed = {key: tensor for key, tensor in now.items() if tensor.requires_grad or key not in before
               or before[key].shape != tensor.shape or not torch.equal(before[key], tensor)}  # fmt: skip
    change, error = _network(context)
    lost = tuple(key for key, tensor in changed.items() if _used(context, tensor))
    steps, parted, difference = _optimizer(context, batches) if not error else (0, None, None)
    yield SavedAndLoaded(change=change, lost=lost, error=error, steps=steps, parted=parted, difference=difference)


def _unsaved(context: Context) -> dict[str, Tensor]:
    """Tensors of floating-point numbers that modules hold and ``state_dict`` does not, by their names."""
    saved = {value.data_ptr() for network in context.networks for value in network.state_dict(keep_vars=True).values()
             if isinstance(value, Tensor) and value.numel()}  # fmt: skip
    found: dict[str, Tensor] = {}

    def add(name: str, value: Any, depth: int = 0) -> None:
        if isinstance(value, Tensor):
            if value.is_floating_point() and value.numel() and value.is_leaf and value.data_ptr() not in saved:
                found[name] = value
        elif isinstance(value, Module) and depth:
            for inner, tensor in (*value.named_parameters(), *value.named_buffers()):
                add(f"{name}.{inner}", tensor)
        elif isinstance(value, list | tuple) and depth < 2 and len(value) <= 256:
            for at, item in enumerate(value):
                add(f"{name}[{at}]", item, depth + 1)
        elif isinstance(value, dict) and depth < 2 and len(value) <= 256:
            for key, item in value.items():
                add(f"{name}[{key!r}]", item, depth + 1)

    for network in context.networks:
        for module in network.modules():
            prefix = context.names.get(id(module), "")
            for name, value in module.__dict__.items():
                if name not in ("_parameters", "_modules") and not name.startswith(("_backward", "_forward", "_state",
                                                                                    "_load")):  # fmt: skip
                    add(f"{prefix}.{name}".strip(".").replace("_buffers[", "["), value)
    return found


def _output(context: Context) -> Tensor:
    seed_all(0)
    return context.output(context.batch).detach().clone()


def _network(context: Context) -> tuple[float, str]:
    """Change of the output after its weights were saved, overwritten and loaded; the error of loading."""
    state = State(context.networks, context.optimizers)
    with context.evaluating():
        before = _output(context)
    try:
        with context.evaluating():
            saved = [deepcopy(network.state_dict()) for network in context.networks]
            for network in context.networks:
                for value in network.state_dict(keep_vars=True).values():
                    if isinstance(value, Tensor) and value.is_floating_point():
                        value.detach().normal_(0.0, SCRAMBLED).abs_()
            for network, kept in zip(context.networks, saved, strict=True):
                network.load_state_dict(kept)
            after = _output(context)
    except Exception as error:
        return 0.0, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
    finally:
        state.put_back()
    return (relative(after - before, before) if after.shape == before.shape else float("inf")), ""


def _used(context: Context, tensor: Tensor) -> bool:
    """Whether the output depends on it."""
    with torch.no_grad():
        value = tensor.detach().clone()
        try:
            with context.evaluating():
                before = _output(context)
                tensor.detach().add_(torch.randn_like(value) * (value.std(correction=0) + 0.1))
                after = _output(context)
        finally:
            tensor.detach().copy_(value)
    return before.shape != after.shape or not torch.equal(before, after)


def _optimizer(context: Context, batches: Any) -> tuple[int, int | None, float | None]:
    """Steps compared, the first that differs, and by how much."""
    if not context.optimizers:
        return 0, None, None
    state = State(context.networks, context.optimizers)
    saved = [deepcopy(optimizer.state_dict()) for optimizer in context.optimizers]
    first = context.train(batches, STEPS)
    state.put_back()
    for optimizer, kept in zip(context.optimizers, saved, strict=True):
        optimizer.state.clear()
        optimizer.load_state_dict(kept)
    second = context.train(batches, STEPS)
    for at, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other and not (one != one and other != other):
            return STEPS, at, abs(one - other) / max(abs(one), 1e-30)
    return STEPS, None, None
