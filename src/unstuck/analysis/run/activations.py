"""Activations in the graph: which are hidden, which end the network, which are gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.training import Array, Track, Training
from unstuck.core.vocabulary import DATA_INPUT, LOSS_OPERATIONS, PASS_THROUGH, SUMMARISED_ACTIVATIONS, WEIGHTED

MAX_BELOW = 40
"""operations followed from an activation down to the layer that feeds it"""
MAX_CODE = 8
"""operations followed from a code down to the matrix that makes it"""
MAX_ABOVE = 16
"""operations followed from an activation up to a product that it gates"""


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation operation in a graph."""

    op: str
    layer: str | None
    """the layer whose weights feed it"""
    hidden: bool
    """an operation with weights reads it on the way to the loss: it is not the network's output"""
    bottleneck: bool
    """fewer units than what its layer reads, and than what the next layer gives"""
    gate: bool
    """its values multiply other values that are learned"""
    file: str | None
    line: int | None


@fact
def activations(training: Training) -> tuple[Activation, ...]:
    """All rectifiers and bounded activations of a training's graphs."""
    owners = {number: parameter.layer for number, parameter in training.parameters.items()}
    return tuple(activation for graph in training.graphs for activation in _activations(graph, owners))


def _activations(graph: Graph, owners: Mapping[int, str]) -> list[Activation]:
    readers: dict[int, list[int]] = defaultdict(list)
    for at, node in enumerate(graph.nodes):
        for below in node.inputs:
            if below is not None:
                readers[below].append(at)
    return [
        Activation(
            node.op, _producer(graph, at, owners), _is_hidden(graph, readers, at),
            _bottleneck(graph, readers, at), _is_gate(graph, readers, at), node.file, node.line,
        )
        for at, node in enumerate(graph.nodes) if node.op in SUMMARISED_ACTIVATIONS
    ]  # fmt: skip


def _producer(graph: Graph, at: int, owners: Mapping[int, str]) -> str | None:
    """The layer that owns the weights of the operation that feeds a node: follow the first input down."""
    for _ in range(MAX_BELOW):
        below = next((position for position in graph.nodes[at].inputs if position is not None), None)
        if below is None:
            return None
        at = below
        if graph.nodes[at].op in WEIGHTED:
            return _owner(graph, at, owners) or graph.nodes[at].layer
    return None


def _owner(graph: Graph, at: int, owners: Mapping[int, str]) -> str | None:
    waiting = [position for position in graph.nodes[at].inputs if position is not None]
    while waiting:
        node = graph.nodes[waiting.pop(0)]
        if node.leaf is not None and node.leaf in owners:
            return owners[node.leaf]
        if node.op in PASS_THROUGH:
            waiting += [position for position in node.inputs if position is not None]
    return None


def _is_hidden(graph: Graph, readers: Mapping[int, list[int]], at: int) -> bool:
    """Whether an operation with weights lies between this node and the loss."""
    waiting, seen = list(readers.get(at, ())), set()
    while waiting:
        above = waiting.pop()
        if above in seen:
            continue
        seen.add(above)
        if graph.nodes[above].op in WEIGHTED:
            return True
        if graph.nodes[above].op not in LOSS_OPERATIONS:
            waiting += readers.get(above, ())
    return False


def _bottleneck(graph: Graph, readers: Mapping[int, list[int]], at: int) -> bool:
    """Whether a matrix narrows before this node and the next one widens again."""
    shape = graph.nodes[at].shape
    if not shape:
        return False
    below = _weights_below(graph, at)
    after = _weights_above(graph, readers, at)
    widens = bool(after) and all((graph.nodes[above].shape or (0,))[-1] > shape[-1] for above in after)
    return widens and below is not None and below > shape[-1]


def _weights_below(graph: Graph, at: int) -> int | None:
    """Width of what the matrix below a node reads."""
    for _ in range(MAX_CODE):
        below = [one for one in graph.nodes[at].inputs if one is not None]
        if not below:
            return None
        at = below[0]
        if graph.nodes[at].op in DATA_INPUT:
            sizes = [_leaf_shape(graph, one) for one in graph.nodes[at].inputs if one is not None]
            matrix = next((size for size in sizes if len(size) == 2), None)
            wide = (graph.nodes[at].shape or (0,))[-1]
            return None if matrix is None else matrix[1] if matrix[0] == wide else matrix[0]
    return None


def _leaf_shape(graph: Graph, at: int) -> tuple[int, ...]:
    """The shape of the parameter that a node hands on; empty where it is none."""
    while graph.nodes[at].op in PASS_THROUGH and len(graph.nodes[at].inputs) == 1:
        below = graph.nodes[at].inputs[0]
        if below is None:
            return ()
        at = below
    return graph.nodes[at].shape or () if graph.nodes[at].leaf is not None else ()


def _weights_above(graph: Graph, readers: Mapping[int, list[int]], at: int) -> list[int]:
    """The next operations with weights on the way to the loss."""
    todo, seen, found = list(readers.get(at, ())), set(), []
    while todo:
        above = todo.pop()
        if above in seen:
            continue
        seen.add(above)
        if graph.nodes[above].op in WEIGHTED:
            found.append(above)
        else:
            todo += readers.get(above, ())
    return found


def _is_gate(graph: Graph, readers: Mapping[int, list[int]], at: int) -> bool:
    """Whether it (or one minus it) multiplies another value that carries a gradient."""
    waiting, steps = list(readers.get(at, ())), 0
    while waiting and steps < MAX_ABOVE:
        above, steps = waiting.pop(), steps + 1
        node = graph.nodes[above]
        if node.op in ("mul", "lerp", "bmm") and sum(below is not None for below in node.inputs) > 1:
            return True
        if node.op in PASS_THROUGH or node.op in ("rsub", "sub", "add"):
            waiting += readers.get(above, ())
    return False


def matching(training: Training, track: Track) -> tuple[Activation, ...]:
    """The activations of the graphs that a track summarises."""
    place = track.place
    return tuple(
        activation for activation in activations(training)
        if activation.op == place.op and place.layer is not None and activation.layer == place.layer
    )


def name_of(track: Track) -> str:
    """The activation's layer as a message names it; the activation itself where the layer is unknown."""
    return f"layer `{track.place.layer}`" if track.place.layer else f"activation `{track.place.name}`"


def since(steps: Array, over: Array) -> int:
    """The first step from which a condition held until the end."""
    ends = np.flatnonzero(~over)
    return int(steps[ends[-1] + 1]) if len(ends) and ends[-1] + 1 < len(steps) else int(steps[0])
