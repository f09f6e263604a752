"""Walk the autograd graph above a loss: operations, shapes, parameters reached, values that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from unstuck.core.vocabulary import LEAF
from unstuck.record.events import GraphNode
from unstuck.watch.source import Frames, Location
from unstuck.watch.torch.summary import has_values
from unstuck.watch.torch.vocabulary import canonical

Tensor = torch.Tensor
MAX_NODES = 1500
LAYER_MARK = "unstuck_layer"
ENDS = {"hardtanh": ("min_val", "max_val"), "clamp": ("min", "max"), "clamp_min": ("min",), "clamp_max": ("max",)}
"""operations that cut off at a number, and where they keep it"""
DROPOUTS = ("dropout", "feature_dropout")
"""library functions that multiply by a random mask"""


class Walk(NamedTuple):
    """The nodes nearest the loss first; ``inputs`` are positions, None for a constant."""

    nodes: list[Any]
    names: list[str]
    """canonical names of the operations"""
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
        name = canonical(node.name())
        if name == LEAF:
            leaves[at] = node.variable
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


def described(
    found: Walk, frames: Frames, number: Callable[[object], int], layer: Callable[[int], str | None]
) -> tuple[GraphNode, ...]:
    """The nodes as a `GraphSeen` event holds them."""
    return tuple(
        _node(node, found, at, number, layer, _traced(metadata(node).get("traceback_") or (), frames))
        for at, node in enumerate(found.nodes[: len(found.names)])
    )


def _node(
    node: Any, found: Walk, at: int, number: Callable[[object], int], layer: Callable[[int], str | None], traced: Traced
) -> GraphNode:
    op, inputs = found.names[at], tuple(found.inputs[at])
    marked = metadata(node).get(LAYER_MARK)
    name = layer(marked) if marked is not None else None
    file, line, via = traced
    leaf = found.leaves.get(at)
    if leaf is not None:
        return GraphNode(
            op=op, inputs=inputs, leaf=number(leaf), shape=tuple(leaf.shape), layer=name, file=file, line=line, via=via
        )
    dim = getattr(node, "_saved_dim", None)
    axes = isinstance(dim, tuple) and all(isinstance(axis, int) for axis in dim)
    return GraphNode(
        op=op, inputs=inputs, shape=output_shape(node), layer=name, file=file, line=line, via=via,
        dim=_signed(dim) if isinstance(dim, int) else None,
        dims=tuple(_signed(axis) for axis in dim) if dim is not None and axes else None,
        settings=_settings(node, op, via),
    )


def _settings(node: Any, op: str, via: str | None) -> dict[str, float]:
    settings: dict[str, float] = {}
    for key in ("groups", "reduction", "exponent", "ignore_index", "negative_slope", "alpha", "beta", "p"):
        value = getattr(node, f"_saved_{key}", None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            settings[key] = value
    for key in ENDS.get(op, ()):
        value = getattr(node, f"_saved_{key}", None)
        if isinstance(value, int | float):
            settings[key.removesuffix("_val")] = value
    if op in ("mul", "div"):
        other = saved(node, "_saved_other")
        if other is not None and other.numel() == 1 and not other.requires_grad and has_values(other):
            settings["factor"] = float(other)
        elif other is not None and via in DROPOUTS and not other.requires_grad and has_values(other):
            kept = float(other.max())  # what is not dropped is divided by the share that is kept
            settings["p"] = 1.0 - 1.0 / kept if kept >= 1.0 else 1.0
    return settings


def _signed(dim: int) -> int:
    """Autograd gives a negative axis as an unsigned 64-bit number."""
    return dim - (1 << 64) if dim >= 1 << 63 else dim


def output_shape(node: Any) -> tuple[int, ...] | None:
    """The shape of the node's first output, where torch has it."""
    try:
        return tuple(node._input_metadata[0].shape)
    except (AttributeError, IndexError, RuntimeError, TypeError):
        return None


def metadata(node: Any) -> dict[str, Any]:
    """The notes on a node: our layer mark, and the traceback of anomaly mode; empty where it can carry none."""
    try:
        notes: dict[str, Any] = node.metadata
    except (AttributeError, RuntimeError):
        return {}
    return notes


def traced_place(nodes: Sequence[Any], frames: Frames) -> Location | None:
    """The user's line of the operation nearest the loss that has one; only where autograd notes lines."""
    for node in nodes:
        file, line, _ = _traced(metadata(node).get("traceback_") or (), frames)
        if file is not None and line is not None:
            return Location(file, line, "")
    return None


Traced = tuple[str | None, int | None, str | None]
"""file, line, and the library function that the line called"""


def _traced(stack: Any, frames: Frames) -> Traced:
    """The innermost user line of a recorded stack, and the library function just inside of it."""
    via = None
    for text in reversed(stack):
        head = text.split("\n", 1)[0].strip()
        if not head.startswith('File "'):
            continue
        file, _, rest = head[6:].partition('", line ')
        number, _, function = rest.partition(", in ")
        if frames.is_user(file):
            return file, int(number), via
        via = function
    return None, None, None
