"""What the nodes of an autograd graph do: weights, activations, norms, and operations that carry a signal on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from unstuck.core.vocabulary import ACTIVATIONS, LEAF, NORMALISATIONS, POOLING, WEIGHTED
from unstuck.watch.torch.vocabulary import canonical

Node = Any
"""``torch.autograd.graph.Node``"""
Layer = TypeVar("Layer")
PRODUCTS = frozenset({"bmm", "baddbmm"})
"""products that are layers only where one factor is a parameter, as `einsum` makes them"""
CARRIES = POOLING | {
    "view", "reshape", "transpose", "permute", "squeeze", "unsqueeze", "slice", "select", "clone", "to", "alias",
    "dropout", "mean", "upsample_nearest2d", "upsample_bilinear2d", "neg",
}  # fmt: skip
"""operations with one input that carry a signal from one layer to the next"""
COMBINES = frozenset({"mul", "div", "add", "sub"})
"""operations that carry a signal on where the other side is a number, a mask or a parameter"""
MAX_VIEWS = 4
"""views between a parameter and the product that reads it"""


@dataclass(frozen=True, slots=True)
class Link:
    """How the output of a layer reaches the next one."""

    activated: bool
    normed: bool


def operation(node: Node) -> str:
    """The canonical name: ``addmm`` of ``AddmmBackward0``."""
    return canonical(str(node.name()).rpartition("::")[2])


def weighted(node: Node) -> bool:
    """Whether its operation multiplies by weights."""
    this = operation(node)
    if this in PRODUCTS:
        return any(_is_parameter(before) for before, _ in node.next_functions)
    return this in WEIGHTED


def _is_parameter(node: Node | None) -> bool:
    """Whether it is a parameter, or a view of one."""
    for _ in range(MAX_VIEWS):
        if node is None:
            return False
        this = operation(node)
        if this == LEAF:
            return True
        if this not in CARRIES and this != "expand":
            return False
        node = node.next_functions[0][0]
    return False


def links(start: Node, outputs: Mapping[Node, Layer]) -> Iterator[tuple[Layer, Link]]:
    """The layers whose outputs reach ``start`` through activations, norms and operations that carry a signal on."""
    node, activated, normed = start, False, False
    while node is not None:
        if node in outputs:
            yield outputs[node], Link(activated, normed)
            return
        this = operation(node)
        inputs = [before for before, _ in node.next_functions if before is not None]
        if this in ACTIVATIONS:
            activated = True
        elif this in NORMALISATIONS:
            normed = True
        elif this in COMBINES:
            inputs = [before for before in inputs if operation(before) != LEAF]
            if len(inputs) != 1:
                return
        elif this not in CARRIES:
            return
        node = inputs[0] if inputs else None
