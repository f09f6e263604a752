"""Batches mixed anew from the examples of the batches before them, for loops that cut their batches by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from unstuck.watch.torch.losses import FUNCTIONS

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage

Tensor = torch.Tensor
MOST_BYTES = 1 << 26
"""of inputs that are kept; a larger set is mixed within a moving stretch"""
PAIRS = 4
"""batches that must have gone through network and loss in the expected way before anything is mixed"""


class ExamplePool:
    """Keeps what the network is given and what its loss is compared with, and hands out a random draw of it.

    Acts only where it is plain what belongs together: one network, called with one tensor, then one loss against one
    target for each of its rows.
    """

    def __init__(self, stage: Stage, wanted: Callable[[], bool]) -> None:
        self.stage = stage
        self.wanted = wanted
        self.inputs: list[Tensor] = []
        self.targets: list[Tensor] = []
        self.given: Tensor | None = None
        """what the script gave to the network, until its loss comes"""
        self.drawn: list[tuple[int, int]] = []
        self.pairs = 0
        self.off = False
        self.generator = torch.Generator().manual_seed(torch.initial_seed())
        stage.on_network(self._network)
        for name in FUNCTIONS:
            if list(inspect.signature(getattr(functional, name)).parameters)[1:2] == ["target"]:
                stage.replace(functional, name, self._loss)

    def _network(self, network: torch.nn.Module, _: tuple[Any, ...]) -> None:
        network.register_forward_pre_hook(self._before)

    def _before(self, _: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The network is called: with a draw in the place of its batch."""
        if self.off or not torch.is_grad_enabled() or self.stage.turn.ours or not self.wanted():
            return None
        x = arguments[0] if len(arguments) == 1 else None
        if len(self.stage.networks) > 1 or self.given is not None or not isinstance(x, Tensor) or not x.dim():
            self.off = True
            return None
        self.given = x
        if self.pairs < PAIRS:
            return None
        rows = sum(map(len, self.inputs))
        order = torch.randperm(rows, generator=self.generator)[: len(x)].tolist()
        order += torch.randint(rows, (len(x) - len(order),), generator=self.generator).tolist()
        self.drawn = self._places(order)
        mixed = torch.stack([self.inputs[batch][row] for batch, row in self.drawn])
        return (mixed,) if mixed.dtype == x.dtype else None

    def _loss(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def loss(*arguments: Any, **options: Any) -> Any:
            if "target" in options:
                return original(*arguments, **{**options, "target": self._target(options["target"])})
            if len(arguments) > 1:
                return original(arguments[0], self._target(arguments[1]), *arguments[2:], **options)
            return original(*arguments, **options)

        return loss

    def _target(self, target: Any) -> Any:
        """The loss is called: against the targets of the draw."""
        x, self.given = self.given, None
        if self.off or x is None or not torch.is_grad_enabled():
            return target
        if not isinstance(target, Tensor) or not target.dim() or len(target) != len(x):
            self.off = True
            return target
        drawn, self.drawn = self.drawn, []
        mixed = torch.stack([self.targets[batch][row] for batch, row in drawn]) if drawn else target
        if drawn:
            self.stage.applied("batches mixed from the examples of earlier ones")
        self._keep(x, target)
        return mixed

    def _keep(self, x: Tensor, target: Tensor) -> None:
        self.pairs += 1
        if self.pairs == 2 and torch.equal(x, self.inputs[0]):  # the whole set in every step
            self.off = True
        self.inputs.append(x.detach().clone())
        self.targets.append(target.detach().clone())
        while len(self.inputs) > 1 and sum(one.nbytes for one in self.inputs) > MOST_BYTES:
            del self.inputs[0], self.targets[0]

    def _places(self, order: list[int]) -> list[tuple[int, int]]:
        """Batch and row of numbers that count through all rows."""
        starts = [0]
        for one in self.inputs:
            starts.append(starts[-1] + len(one))
        edges = torch.tensor(starts[1:])
        batches = torch.searchsorted(edges, torch.tensor(order), right=True).tolist()
        return [(batch, row - starts[batch]) for batch, row in zip(batches, order, strict=True)]
