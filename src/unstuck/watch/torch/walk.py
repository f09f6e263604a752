"""Walk the autograd graph above a loss: operations, shapes, parameters reached, values that it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from unstuck.watch.source import Frames

Tensor = torch.Tensor
MAX_NODES = 1500
LAYER_MARK = "unstuck_layer"
ENDS = {
    "HardtanhBackward0": ("min_val", "max_val"), "ClampBackward0": ("min", "max"), "ClampMinBackward0": ("min",),
    "ClampMaxBackward0": ("max",),
}
"""operations that cut off at a number, and where they keep it"""


class Walk(NamedTuple):
    """The nodes nearest the loss first; ``inputs`` are positions, None for a constant."""

    nodes: list[Any]
    names: list[str]
    inputs: list[list[int | None]]
    leaves: dict[int, Tensor]
    """position → the leaf tensor that accumulates its gradient there"""
    truncated: bool

    def signature(self, number: Callable[[object], int]) -> int:
        """The same for two graphs of the same structure over the same leaves."""
        leaves = tuple((at, number(leaf)) for at, leaf in self.leaves.items())
        return hash((tuple(self.names), leaves))


def walk(root: Any, limit: int = MAX_NODES) -> Walk:
    """Breadth first from the loss's ``grad_fn``."""
    nodes: list[Any] = [root]
    names: list[str] = []
    inputs: list[list[int | None]] = []
    leaves: dict[int, Tensor] = {}
    position = {root: 0}
    truncated = False
    at = 0
    while at < len(nodes):
        node = nodes[at]
        name = node.name()
        if name.endswith("AccumulateGrad"):
            leaves[at] = node.variable
            name = "AccumulateGrad"
        names.append(name)
        found: list[int | None] = []
        for following, _ in node.next_functions:
            if following is None:
                found.append(None)
                continue
            known = position.get(following)
            if known is None:
                if len(nodes) >= limit:
                    truncated = True
                    continue
                known = position[following] = len(nodes)
                nodes.append(following)
            found.append(known)
        inputs.append(found)
        at += 1
    return Walk(nodes, names, inputs, leaves, truncated)


def saved(node: Any, name: str) -> Tensor | None:
    """A tensor that the node keeps for its backward; None where it has none or it was changed since."""
    try:
        value = getattr(node, name, None)
    except RuntimeError:
        return None  # freed, or modified in place since: torch would raise in the user's backward as well
    return value if isinstance(value, Tensor) else None


def described(found: Walk, frames: Frames, number: Callable[[object], int]) -> list[dict[str, Any]]:
    """The nodes as a ``graph`` event holds them."""
    told = []
    for at, node in enumerate(found.nodes[: len(found.names)]):
        name = found.names[at]
        entry: dict[str, Any] = {"op": operation(name), "in": found.inputs[at]}
        if at in found.leaves:
            leaf = found.leaves[at]
            entry |= {"leaf": number(leaf), "shape": list(leaf.shape)}
        else:
            entry |= _facts(node, name)
        told.append({key: value for key, value in entry.items() if value is not None} | _place(node, frames))
    return told


def operation(name: str) -> str:
    """``NllLossBackward0`` → ``NllLoss``; the user's own functions keep their name."""
    for end in ("Backward0", "Backward1", "Backward2", "Backward"):
        if name.endswith(end):
            return name.removesuffix(end)
    return name


def _facts(node: Any, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"shape": output_shape(node)}
    dim = getattr(node, "_saved_dim", None)
    if isinstance(dim, int):
        facts["dim"] = _signed(dim)
    elif isinstance(dim, tuple) and all(isinstance(one, int) for one in dim):
        facts["dims"] = [_signed(one) for one in dim]
    settings: dict[str, Any] = {}
    for key in ("groups", "reduction", "exponent", "ignore_index", "negative_slope", "alpha", "beta", "p"):
        value = getattr(node, f"_saved_{key}", None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            settings[key] = value
    for key in ENDS.get(name, ()):
        value = getattr(node, f"_saved_{key}", None)
        if isinstance(value, int | float):
            settings[key.removesuffix("_val")] = value
    if name.startswith(("Mul", "Div")):
        other = saved(node, "_saved_other")
        if other is not None and other.numel() == 1 and not other.requires_grad:
            settings["factor"] = float(other)
    if settings:
        facts["settings"] = settings
    return facts


def _signed(dim: int) -> int:
    """Autograd gives a negative axis as an unsigned 64-bit number."""
    return dim - (1 << 64) if dim >= 1 << 63 else dim


def output_shape(node: Any) -> list[int] | None:
    """The shape of the node's first output, where torch tells it."""
    try:
        return list(node._input_metadata[0].shape)
    except (AttributeError, IndexError, RuntimeError, TypeError):
        return None


def _place(node: Any, frames: Frames) -> dict[str, Any]:
    try:
        metadata = node.metadata
    except (AttributeError, RuntimeError):
        return {}
    told: dict[str, Any] = {}
    layer = metadata.get(LAYER_MARK)
    if layer is not None:
        told["layer"] = layer
    told |= _traced(metadata.get("traceback_") or (), frames)
    return told


def _traced(stack: Any, frames: Frames) -> dict[str, Any]:
    """The innermost user line of a recorded stack, and the library function just inside of it."""
    via = None
    for text in reversed(stack):
        head = text.split("\n", 1)[0].strip()
        if not head.startswith('File "'):
            continue
        file, _, rest = head[6:].partition('", line ')
        number, _, function = rest.partition(", in ")
        if frames.is_user(file):
            told: dict[str, Any] = {"file": file, "line": int(number)}
            return told | ({"via": via} if via else {})
        via = function
    return {}
