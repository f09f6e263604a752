"""The moment after `loss.backward()`, heard from inside of the call so that no frame of ours stands above it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import torch

from unstuck.watch.graft import GraftError, graft

MOST_NODES = 20_000


class Backward:
    """Tells those who ask of every outermost backward that went through."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[torch.Tensor], object]] = []
        self.depth = 0
        with suppress(GraftError):
            graft(torch.Tensor.backward, before=self._before, after=self._after, failed=self._failed).on()

    def _before(self, *_: Any) -> None:
        self.depth += 1

    def _after(self, _: Any, __: Any, loss: torch.Tensor, *___: Any) -> None:
        self.depth -= 1
        if not self.depth:
            for callback in self.callbacks:
                callback(loss)

    def _failed(self, *_: Any) -> None:
        self.depth -= 1


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
