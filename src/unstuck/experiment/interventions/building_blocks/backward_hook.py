"""The moments before and after `loss.backward()`, seen from inside the call: no frame of unstuck is above it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch

from unstuck.watch.graft import GraftError, graft


class BackwardHook:
    """Calls its callbacks before and after every outermost backward that succeeds."""

    def __init__(self) -> None:
        self.before: list[Callable[[torch.Tensor], object]] = []
        self.after: list[Callable[[torch.Tensor], object]] = []
        self.depth = 0
        with suppress(GraftError):
            graft(torch.Tensor.backward, before=self._before, after=self._after, failed=self._failed).on()

    def _before(self, loss: torch.Tensor, *_: Any) -> bool:
        self.depth += 1
        if self.depth == 1:
            for callback in self.before:
                callback(loss)
        return True

    def _after(self, _: Any, __: Any, loss: torch.Tensor, *___: Any) -> None:
        self.depth -= 1
        if not self.depth:
            for callback in self.after:
                callback(loss)

    def _failed(self, *_: Any) -> None:
        self.depth -= 1
