"""Our own operations within a sampled step: not recorded by autograd nor by us, and run where no one else sees them."""

from __future__ import annotations

from typing import Any

import torch

from unstuck.watch.torch.graph_traversal import LAYER_MARK
from unstuck.watch.torch.state import State

Tensor = torch.Tensor


class Quiet:
    """Our own operations: no graph, no autocast, not seen by our own grafts."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.no_grad = torch.autograd.grad_mode.set_grad_enabled

    def __enter__(self) -> None:
        self.before = self.state.measuring
        self.state.measuring = True
        self.grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)
        self.autocast = torch.is_autocast_enabled("cpu")
        if self.autocast:
            torch.set_autocast_enabled("cpu", False)

    def __exit__(self, *_: object) -> None:
        if self.autocast:
            torch.set_autocast_enabled("cpu", True)
        torch._C._set_grad_enabled(self.grad)
        self.state.measuring = self.before


def busy() -> bool:
    """Whether a mode is active in which our reading would be seen: tracing, or a dispatch mode of the user's."""
    return bool(
        torch._C._len_torch_dispatch_stack() or torch._C._is_tracing() or torch.compiler.is_compiling()
        or torch._C._functorch.maybe_current_level() is not None
    )


def mark(node: Any, module: torch.nn.Module) -> None:
    """Note on a graph node which module made it; the innermost module wins."""
    try:
        node.metadata.setdefault(LAYER_MARK, id(module))
    except (AttributeError, RuntimeError):
        return


def first_tensor(result: Any) -> Tensor | None:
    """The tensor of a module's result: itself, or the first in a tuple, list or dictionary."""
    if isinstance(result, Tensor):
        return result
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return next((item for item in result if isinstance(item, Tensor)), None)
    return None


def resident_bytes() -> int | None:
    """Resident memory of this process."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return None
