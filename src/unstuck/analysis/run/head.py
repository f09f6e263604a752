"""The head of a network, as its graph shows it: the chain of operations between the loss and the last layer."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from unstuck.analysis.run.graph import Graph, Node
from unstuck.core.vocabulary import LEAF, LOSS_OPERATIONS, PARAMETRIC, PASS_THROUGH


@dataclass(frozen=True, slots=True)
class Head:
    """``chain``: positions from the loss operation down to, not including, the last layer's own operation."""

    graph: Graph
    loss: int | None
    """position of the loss operation; None for a loss written by hand"""
    chain: tuple[int, ...]
    """the operations below the loss along the first input that carries a gradient, nearest the loss first"""
    layer: int | None
    """position of the first parametric operation below; None where there is none"""

    def node(self, position: int) -> Node:
        """The node at a position."""
        return self.graph.nodes[position]

    @property
    def function(self) -> str | None:
        """The canonical name of the loss operation: ``nll_loss``, ``mse_loss``…"""
        return self.graph.nodes[self.loss].op if self.loss is not None else None

    @property
    def operations(self) -> tuple[Node, ...]:
        """The nodes of the chain that change values: all but the pass-throughs."""
        return tuple(node for node in map(self.node, self.chain) if node.op not in PASS_THROUGH)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the chain, nearest the loss first."""
        return tuple(map(self.node, self.chain))

    @property
    def last_layer(self) -> Node | None:
        """The last operation with weights."""
        return self.graph.nodes[self.layer] if self.layer is not None else None

    @property
    def has_swapped_arguments(self) -> bool:
        """Whether the prediction is the second argument of the loss."""
        return self.loss is not None and self.node(self.loss).inputs[:1] == (None,)


def head_of(graph: Graph) -> Head:
    """The head below the first loss operation of a graph."""
    return heads_of(graph)[0]


def heads_of(graph: Graph) -> tuple[Head, ...]:
    """One head for each loss operation of the graph; one, where the loss is written by hand."""
    losses = [position for position in region(graph) if graph.nodes[position].op in LOSS_OPERATIONS]
    return tuple(_head(graph, position) for position in losses) or (_head(graph, None),)


def region(graph: Graph, start: int = 0) -> Iterator[int]:
    """Positions above the last layers, from ``start`` down; the search ends at loss operations."""
    seen = {start}
    waiting = [start]
    while waiting:
        position = waiting.pop(0)
        node = graph.nodes[position]
        yield position
        if node.op in PARAMETRIC or (node.op in LOSS_OPERATIONS and start == 0):
            continue
        for below in learned_inputs(node):
            if below not in seen:
                seen.add(below)
                waiting.append(below)


def learned_inputs(node: Node) -> tuple[int, ...]:
    """Positions of the inputs that carry a gradient."""
    return tuple(position for position in node.inputs if position is not None)


def _head(graph: Graph, loss: int | None) -> Head:
    nodes = graph.nodes
    chain: list[int] = []
    position = _below(graph, loss) if loss is not None else 0
    while position is not None and position not in chain and nodes[position].op not in PARAMETRIC:
        if nodes[position].op == LEAF:
            return Head(graph, loss, tuple(chain), None)
        chain.append(position)
        position = _below(graph, position)
    return Head(graph, loss, tuple(chain), position)


def _below(graph: Graph, position: int) -> int | None:
    """The first input that leads to a layer; otherwise the first that carries a gradient."""
    inputs = learned_inputs(graph.nodes[position])
    if len(inputs) < 2:
        return inputs[0] if inputs else None
    return next((below for below in inputs if _leads_to_layer(graph, below)), inputs[0])


def _leads_to_layer(graph: Graph, position: int) -> bool:
    return any(graph.nodes[below].op in PARAMETRIC for below in region(graph, position))


def first_below(head: Head, start: int, through: Collection[str] = PASS_THROUGH) -> int | None:
    """Index in the chain of the first operation from ``start`` on that is not in ``through``."""
    for index in range(start, len(head.chain)):
        if head.node(head.chain[index]).op not in through:
            return index
    return None


def node_below(head: Head, start: int, through: Collection[str] = PASS_THROUGH) -> Node | None:
    """The operation at `first_below`."""
    index = first_below(head, start, through)
    return head.node(head.chain[index]) if index is not None else None


def reduction(head: Head) -> tuple[int, float]:
    """Where in the chain the error of single elements stands, and the largest multiple of it that the loss can be."""
    factor = 1.0
    for index, node in enumerate(head.nodes):
        known = node.settings.get("factor")
        if node.op == "sum" and index + 1 < len(head.chain):
            factor *= math.prod(head.nodes[index + 1].shape or ()) / math.prod(node.shape or ())
        elif node.op in ("mul", "div") and known and known > 0:
            factor = factor * known if node.op == "mul" else factor / known
        elif node.op != "mean":
            return index, factor
    return 0, 1.0


def width(node: Node) -> int | None:
    """Length of the axis that a softmax is taken over."""
    shape, dim = node.shape, node.dim
    return shape[dim] if shape and dim is not None and -len(shape) <= dim < len(shape) else None
