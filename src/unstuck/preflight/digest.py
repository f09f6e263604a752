"""Digests of everything that probes must leave as it was; a check on ourselves (`PreflightSettings.check_state`)."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import torch

from unstuck.preflight.context import Context
from unstuck.preflight.state import Tensor, generators

PLAIN = (bool, int, float, str, bytes)


def digests(context: Context) -> dict[str, str]:
    """What could be changed → the digest of its bits."""
    parts: dict[str, Callable[[Context], Iterator[Any]]] = {
        "weights and buffers": _tensors, "gradients": _gradients, "modes": _modes, "optimisers": _optimizers,
        "random generators": _generators,
    }  # fmt: skip
    return {name: _digest(part(context)) for name, part in parts.items()}


def _tensors(context: Context) -> Iterator[Any]:
    for network in context.networks:
        yield from (*network.named_parameters(), *network.named_buffers())


def _gradients(context: Context) -> Iterator[Any]:
    yield from ((one.grad, one.requires_grad) for one in context.trained)


def _modes(context: Context) -> Iterator[Any]:
    yield from (module.training for network in context.networks for module in network.modules())


def _optimizers(context: Context) -> Iterator[Any]:
    for optimizer in context.optimizers:
        for group in optimizer.param_groups:
            yield from ((name, [id(one) for one in value] if name == "params" else value)
                        for name, value in group.items())  # fmt: skip
        yield from optimizer.state.values()


def _generators(_: Context) -> Iterator[Any]:
    yield generators()


def _digest(values: Iterator[Any]) -> str:
    found = hashlib.blake2b()
    for value in values:
        _add(found, value)
    return found.hexdigest()


def _add(found: Any, value: Any) -> None:
    if isinstance(value, Tensor):
        plain = value.detach().cpu().contiguous()
        found.update(repr((plain.dtype, tuple(plain.shape))).encode())
        found.update(plain.flatten().view(torch.uint8).numpy().tobytes() if plain.numel() else b"")
    elif isinstance(value, dict):
        for name, inner in value.items():
            found.update(repr(name).encode() if not isinstance(name, Tensor) else b"")
            _add(found, inner)
    elif isinstance(value, list | tuple):
        found.update(str(len(value)).encode())
        for inner in value:
            _add(found, inner)
    elif hasattr(value, "tobytes"):
        found.update(value.tobytes())
    else:
        found.update(pickle.dumps(value) if value is None or isinstance(value, PLAIN) else b"")
