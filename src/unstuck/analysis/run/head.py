"""The head of a network as its graph shows it: the chain of operations between the loss and the last layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from unstuck.analysis.run.graph import Graph, Node
from unstuck.core.vocabulary import LEAF, LOSS_OPERATIONS, PARAMETRIC, PASS_THROUGH


@dataclass(frozen=True, slots=True)
class Head:
    """``chain``: positions from the loss operation down to, not including, the last layer's own operation."""

    graph: Graph
    loss: int | None
    """position of the first node that is a loss of torch's own; None for a loss written by hand"""
    chain: tuple[int, ...]
    """the operations below the loss along the first input that carries a gradient, nearest the loss first"""
    layer: int | None
    """position of the first parametric operation below; None where none was found"""

    def node(self, position: int) -> Node:
        """The node at a position."""
        return self.graph.nodes[position]

    @property
    def function(self) -> str | None:
        """The operation name of the loss: ``NllLoss``, ``MseLoss``…"""
        return self.graph.nodes[self.loss].op if self.loss is not None else None

    @property
    def operations(self) -> tuple[Node, ...]:
        """The nodes of the chain that change values: everything that is not a pass-through."""
        return tuple(node for node in map(self.node, self.chain) if node.op not in PASS_THROUGH)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of the chain, nearest the loss first."""
        return tuple(map(self.node, self.chain))

    @property
    def last_layer(self) -> Node | None:
        """The last operation with weights."""
        return self.graph.nodes[self.layer] if self.layer is not None else None


def head_of(graph: Graph) -> Head:
    """Follow the graph from the (first) loss down to the first operation with weights."""
    return heads_of(graph)[0]


def heads_of(graph: Graph) -> tuple[Head, ...]:
    """One head for each of torch's own losses that a backward joins; for a loss written by hand, one."""
    own = [at for at in region(graph) if graph.nodes[at].op in LOSS_OPERATIONS]
    return tuple(_head(graph, at) for at in own) or (_head(graph, None),)


def region(graph: Graph, start: int = 0) -> Iterator[int]:
    """Positions above the last layers, from ``start`` down; the losses themselves are not passed."""
    seen = {start}
    waiting = [start]
    while waiting:
        at = waiting.pop(0)
        node = graph.nodes[at]
        yield at
        if node.op in PARAMETRIC or (node.op in LOSS_OPERATIONS and start == 0):
            continue
        for one in node.inputs:
            if one is not None and one not in seen:
                seen.add(one)
                waiting.append(one)


def _head(graph: Graph, loss: int | None) -> Head:
    nodes = graph.nodes
    chain: list[int] = []
    at = _below(graph, loss) if loss is not None else 0
    while at is not None and at not in chain and nodes[at].op not in PARAMETRIC:
        if nodes[at].op == LEAF:
            return Head(graph, loss, tuple(chain), None)
        chain.append(at)
        at = _below(graph, at)
    return Head(graph, loss, tuple(chain), at)


def _below(graph: Graph, at: int) -> int | None:
    """The first input that leads to a layer; else the first that carries a gradient."""
    inputs = [one for one in graph.nodes[at].inputs if one is not None]
    if len(inputs) < 2:
        return inputs[0] if inputs else None
    return next((one for one in inputs if _leads_to_layer(graph, one)), inputs[0])


def _leads_to_layer(graph: Graph, at: int) -> bool:
    return any(graph.nodes[one].op in PARAMETRIC for one in region(graph, at))


def first_below(head: Head, start: int, through: Collection[str] = PASS_THROUGH) -> int | None:
    """Index in the chain of the first operation from ``start`` on that is none of ``through``."""
    for index in range(start, len(head.chain)):
        if head.node(head.chain[index]).op not in through:
            return index
    return None


def width(node: Node) -> int | None:
    """Length of the axis that a soft maximum runs over."""
    shape, dim = node.shape, node.dim
    return shape[dim] if shape and dim is not None and -len(shape) <= dim < len(shape) else None
