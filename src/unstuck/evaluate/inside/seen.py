"""What is seen of a network while it runs: it is left as it was, and each operation knows its layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.utils import _pytree

from unstuck.core.errors import UsageError
from unstuck.preflight.batch import first_output
from unstuck.preflight.state import kept


class Layers:
    """Which layer is running, by its name in the network; the network itself is called ``""``."""

    def __init__(self) -> None:
        self.running: list[str] = []

    @property
    def here(self) -> str:
        """The innermost one."""
        return self.running[-1] if self.running else ""

    @contextmanager
    def of(self, model: torch.nn.Module) -> Iterator[Layers]:
        """Follow the layers of a network."""
        with ExitStack() as hooks:
            for name, module in model.named_modules():
                enter = module.register_forward_pre_hook(self._enters(name), prepend=True)
                leave = module.register_forward_hook(self._leaves, always_call=True)
                hooks.callback(enter.remove)
                hooks.callback(leave.remove)
            yield self

    def _enters(self, name: str) -> Any:
        def enter(*_: Any) -> None:
            self.running.append(name)

        return enter

    def _leaves(self, *_: Any) -> None:
        if self.running:
            self.running.pop()


@contextmanager
def looking(model: Any) -> Iterator[torch.nn.Module]:
    """A network in evaluation mode; modes, buffers, gradients and random generators are afterwards as before.

    Raises:
        UsageError: it is no torch module.
    """
    if not isinstance(model, torch.nn.Module):
        raise UsageError(f"To look inside needs a torch module. Got a {type(model).__name__}.")
    with kept((model,), ()):
        for module in model.modules():
            module.training = False
        yield model


def called(model: torch.nn.Module, inputs: Any) -> Any:
    """The network on inputs as `unstuck evaluate` gives them: a dict by name, a tuple by position, else alone."""
    place = next((one.device for one in model.parameters()), None)
    moved = _pytree.tree_map(
        lambda one: one.to(place) if isinstance(one, torch.Tensor) and place is not None else one, inputs
    )
    if isinstance(moved, dict) or type(moved).__name__ == "BatchEncoding":
        return model(**moved)
    return model(*moved) if isinstance(moved, tuple) else model(moved)


def output_of(model: torch.nn.Module, inputs: Any) -> torch.Tensor:
    """The first tensor of numbers that it gives.

    Raises:
        UsageError: there is none.
    """
    given = called(model, inputs)
    found = given if isinstance(given, torch.Tensor) else first_output(given)
    if found is None:
        raise UsageError(f"The network gave a {type(given).__name__} without a tensor of numbers.")
    return found
