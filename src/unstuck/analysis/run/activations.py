"""Activations in the graph: which of them stand inside a network, which at its end, which are gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.training import Array, Track
from unstuck.analysis.run.view import TrainingView
from unstuck.core.vocabulary import LOSS_OPERATIONS, PASS_THROUGH, SUMMARISED_ACTIVATIONS, WEIGHTED


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation operation in a graph."""

    op: str
    layer: str | None
    """the layer whose weights feed it"""
    hidden: bool
    """an operation with weights reads it further on: it is not at the network's end"""
    gate: bool
    """its values multiply other values that are learned"""
    file: str | None
    line: int | None


def activations(view: TrainingView) -> tuple[Activation, ...]:
    """All rectifiers and bounded activations of a training's graphs."""
    names = {number: p["layer"] for number, p in view.training.parameters.items()}
    return tuple(one for graph in view.training.graphs for one in _activations(graph, names))


def _activations(graph: Graph, names: dict[int, str]) -> list[Activation]:
    readers: dict[int, list[int]] = {}
    for at, node in enumerate(graph.nodes):
        for one in node.inputs:
            if one is not None:
                readers.setdefault(one, []).append(at)
    found = []
    for at, node in enumerate(graph.nodes):
        if node.op in SUMMARISED_ACTIVATIONS:
            found.append(
                Activation(
                    node.op, _producer(graph, at, names), _hidden(graph, readers, at),
                    _gate(graph, readers, at), node.file, node.line,
                )
            )
    return found


def _producer(graph: Graph, at: int, names: dict[int, str]) -> str | None:
    """The layer that owns the weights of the operation that feeds a node: follow the first input down."""
    for _ in range(40):
        below = next((one for one in graph.nodes[at].inputs if one is not None), None)
        if below is None:
            return None
        at = below
        if graph.nodes[at].op in WEIGHTED:
            return _owner(graph, at, names) or graph.nodes[at].layer
    return None


def _owner(graph: Graph, at: int, names: dict[int, str]) -> str | None:
    todo = [one for one in graph.nodes[at].inputs if one is not None]
    while todo:
        node = graph.nodes[todo.pop(0)]
        if node.leaf in names and node.leaf is not None:
            return names[node.leaf]
        if node.op in PASS_THROUGH:
            todo += [one for one in node.inputs if one is not None]
    return None


def _hidden(graph: Graph, readers: dict[int, list[int]], at: int) -> bool:
    """Whether an operation with weights lies between this node and the loss."""
    todo, seen = list(readers.get(at, ())), set()
    while todo:
        above = todo.pop()
        if above in seen:
            continue
        seen.add(above)
        if graph.nodes[above].op in WEIGHTED:
            return True
        if graph.nodes[above].op not in LOSS_OPERATIONS:
            todo += readers.get(above, ())
    return False


def _gate(graph: Graph, readers: dict[int, list[int]], at: int) -> bool:
    """Whether it multiplies, possibly after being taken from one, another value that carries a gradient."""
    todo, steps = list(readers.get(at, ())), 0
    while todo and steps < 16:
        above, steps = todo.pop(), steps + 1
        node = graph.nodes[above]
        if node.op in ("mul", "lerp", "bmm") and sum(one is not None for one in node.inputs) > 1:
            return True
        if node.op in PASS_THROUGH or node.op in ("rsub", "sub", "add"):
            todo += readers.get(above, ())
    return False


def matching(view: TrainingView, track: Track) -> tuple[Activation, ...]:
    """The activations of the graphs that a track tells of."""
    place = track.place
    return tuple(
        one for one in activations(view)
        if one.op == place.get("op") and place.get("layer") is not None and one.layer == place["layer"]
    )


def since(steps: Array, over: Array) -> int:
    """The first step from which on a condition held to the end."""
    ends = np.flatnonzero(~over)
    return int(steps[ends[-1] + 1]) if len(ends) and ends[-1] + 1 < len(steps) else int(steps[0])
