"""The data as it enters a network: what an intervention may change of it, in training and in evaluation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from unstuck.experiment.interventions.building_blocks.network_structure import is_network

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage
    from unstuck.watch.torch.ledger.sources import Origin

Tensor = torch.Tensor


class Entry(NamedTuple):
    """A batch that enters."""

    inputs: Tensor
    training: bool
    """gradients are on, and the network is in training mode"""
    origin: Origin | None
    """where an evaluated batch comes from, as far as the ledger knows"""
    source: str
    """what the user calls that; "" where it is not known"""
    trained_on: bool
    """it comes from where training batches come from"""


class NetworkEntry:
    """Calls back with every batch of numbers that enters a network of the script, and hands on what it answers."""

    def __init__(self, stage: Stage, change: Callable[[Entry], Tensor | None]) -> None:
        self.stage = stage
        self.change = change
        self.inside: torch.nn.Module | None = None
        before: Any = self._before
        torch.nn.modules.module.register_module_forward_pre_hook(before)
        torch.nn.modules.module.register_module_forward_hook(self._after, always_call=True)

    def _before(self, module: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self.inside is not None or self.stage.turn.ours or not is_network(module):
            return None
        self.inside = module
        inputs = arguments[0] if arguments else None
        if not isinstance(inputs, Tensor) or not inputs.is_floating_point() or inputs.requires_grad or inputs.dim() < 2:
            return None
        training = torch.is_grad_enabled() and module.training
        with self.stage.ours(), torch.no_grad():
            changed = self.change(self._entry(inputs, training))
        if changed is None:
            return None
        if self.stage.turn.ledger is not None:
            self.stage.turn.ledger.changed = changed, inputs
        return (changed, *arguments[1:])

    def _after(self, module: torch.nn.Module, *_: Any) -> None:
        if module is self.inside:
            self.inside = None

    def _entry(self, inputs: Tensor, training: bool) -> Entry:
        ledger = self.stage.turn.ledger
        if training or ledger is None:
            return Entry(inputs, training, None, "", training)
        origin = ledger.origin_of(inputs, ledger.state.frames.user_frame(sys._getframe(2)))
        if origin is None:
            return Entry(inputs, training, None, "", False)
        name = ledger.sources.names.get(origin.source, "")
        return Entry(inputs, training, origin, name, origin.source in ledger.sources_trained)


def column_of(inputs: Tensor, name: str) -> Tensor | None:
    """A view of the column that findings call ``column 3``, or ``column 1, 2`` of a series; None where it has none."""
    places = [int(part) for part in name.removeprefix("column ").split(",") if part.strip().isdigit()]
    if len(places) == inputs.dim() - 1 and all(at < size for at, size in zip(places, inputs.shape[1:], strict=True)):
        at: tuple[Any, ...] = (slice(None), *places)
        return inputs[at]
    if len(places) == 1 and inputs.dim() == 3 and inputs.shape[2] == 1 and places[0] < inputs.shape[1]:
        return inputs[:, places[0], 0]
    return None
