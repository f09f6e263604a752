"""Which operation of a graph gave, or must give, a value that is not finite: read from what its node keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from unstuck.watch.torch.graph_traversal import saved
from unstuck.watch.torch.summary import readable

Tensor = torch.Tensor
KEPT = ("_saved_result", "_saved_self", "_saved_input", "_saved_mat1", "_saved_other")
EDGES: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "log": ("_saved_self", lambda value: value <= 0),
    "log2": ("_saved_self", lambda value: value <= 0),
    "log10": ("_saved_self", lambda value: value <= 0),
    "log1p": ("_saved_self", lambda value: value <= -1),
    "div": ("_saved_other", lambda value: value == 0),
    "acos": ("_saved_self", lambda value: value.abs() > 1),
    "asin": ("_saved_self", lambda value: value.abs() > 1),
}
"""operation → what it keeps, and where its own result is not finite (the result itself is not kept)"""


def bad_targets(nodes: list[Any]) -> int:
    """How many values of the targets that losses keep are not finite."""
    targets = [value for node in nodes if readable(value := saved(node, "_saved_target"))]
    return sum(int((~torch.isfinite(value)).sum()) for value in targets if value is not None)


def bad_values(node: Any, op: str) -> tuple[int, int] | None:
    """How many values are not finite, of how many; None where all that can be read is in order."""
    for name in KEPT:
        value = saved(node, name)
        if value is not None and readable(value) and not bool(torch.isfinite(value).all()):
            return int((~torch.isfinite(value)).sum()), value.numel()
    edge = EDGES.get(op)
    value = saved(node, edge[0]) if edge is not None else None
    if edge is not None and value is not None and readable(value):
        beyond = int(edge[1](value).sum())
        if beyond:
            return beyond, value.numel()
    return None
