"""Loops without an optimiser: the tensors that a script updates by hand, and whether it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage

PROBE = 64
"""elements of a tensor that are compared"""
MOST_NODES = 20_000
"""of a graph that are looked at"""


def raw_tensors(stage: Stage, loss: torch.Tensor) -> list[torch.Tensor]:
    """The leaves of a loss in a script that has made no optimiser; none where it has."""
    return [] if stage.optimizers else list(leaves(loss))


def leaves(loss: torch.Tensor) -> Iterator[torch.Tensor]:
    """The tensors that the gradient of a loss ends in."""
    seen: set[Any] = set()
    front: list[Any] = [loss.grad_fn]
    while front and len(seen) < MOST_NODES:
        node = front.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, torch.Tensor):
            yield leaf
        front += [before for before, _ in node.next_functions]


@dataclass(slots=True)
class Watch:
    """Whether tensors are as they were at the last look, and for how many looks."""

    values: dict[int, list[torch.Tensor]] = field(default_factory=dict)
    looks: dict[int, int] = field(default_factory=dict)

    def still(self, key: int, tensors: Iterable[torch.Tensor]) -> int:
        """Look once more: at how many looks in a row nothing had moved."""
        now, before = probes(tensors), self.values.get(key, [])
        same = len(now) == len(before) and all(bool((a == b).all()) for a, b in zip(now, before, strict=True))
        self.values[key] = now
        self.looks[key] = self.looks.get(key, 0) + 1 if same else 0
        return self.looks[key]

    def remember(self, key: int, tensors: Iterable[torch.Tensor]) -> None:
        """Take the present values as known: the intervention has changed them, not the script."""
        self.values[key] = probes(tensors)


def probes(tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """The first elements of each."""
    return [tensor.detach().flatten()[:PROBE].clone() for tensor in tensors]
