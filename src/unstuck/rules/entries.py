"""Where constants enter a training's graphs: what the trained part reads that no gradient flows back to."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.record.graph import Graph, Node
from unstuck.record.reader import Event
from unstuck.record.training import Training

DATA_INPUT = {"Addmm": 1, "Mm": 0, "Convolution": 0, "Linear": 0, "Bmm": 0, "Baddbmm": 1}
"""operation with weights → which of its inputs is the data"""
JOINING = frozenset({"Add", "Sub", "Mul", "Cat", "Stack"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A constant of some width that enters the graph."""

    width: int
    layer: str | None
    """the layer that reads it"""
    file: str | None
    line: int | None


def entries_of(training: Training) -> list[Entry]:
    """The constants that layers with weights read, directly or joined to something that is trained."""
    names = {number: p["layer"] for number, p in training.parameters.items()}
    return [entry for graph in training.graphs for entry in _entries(graph, names)]


def _entries(graph: Graph, names: dict[int, str]) -> list[Entry]:
    found = []
    below = _below_layers(graph)
    for at, node in enumerate(graph.nodes):
        data = DATA_INPUT.get(node.op)
        if data is not None and data < len(node.inputs) and node.inputs[data] is None:
            weight = _weight(graph, at)
            if weight is not None and weight.shape is not None and len(weight.shape) >= 2:
                owner = names.get(weight.leaf or 0)
                found.append(Entry(weight.shape[1], owner, node.file, node.line))
        elif node.op in JOINING and None in node.inputs and node.shape and at in below:
            axes = {node.shape[-1], node.shape[1] if len(node.shape) > 1 else node.shape[-1]}
            found += [Entry(width, node.layer, node.file, node.line) for width in sorted(axes)]
    return found


def _below_layers(graph: Graph) -> set[int]:
    """The nodes whose values go through an operation with weights on their way to the loss."""
    todo = [one for node in graph.nodes if node.op in DATA_INPUT for one in node.inputs if one is not None]
    seen: set[int] = set()
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += [one for one in graph.nodes[at].inputs if one is not None]
    return seen


def _weight(graph: Graph, at: int) -> Node | None:
    """The leaf with two or more axes that the node multiplies by."""
    for one in graph.nodes[at].inputs:
        for _ in range(8):
            if one is None:
                break
            node = graph.nodes[one]
            if node.leaf is not None:
                if node.shape is not None and len(node.shape) >= 2:
                    return node
                break
            one = next((below for below in node.inputs if below is not None), None)
    return None


def feeds(training: Training, parameter: Event, entries: list[Entry], *, inside: bool = True) -> bool:
    """Whether the trained part reads what this weight's layer gives.

    ``inside``: the layer's own operation may stand in a graph (it passes gradients on and keeps none).
    """
    layer = parameter["layer"]
    if inside and any(node.layer == layer for graph in training.graphs for node in graph.nodes):
        return True
    module = training.modules.get(layer, {})
    wide = _width(module, parameter)
    order = {e["name"]: e["id"] for e in training.of("place") if e["what"] == "output"}
    own = order.get(layer)
    return any(
        _fits(entry.width, wide, convolution=module.get("class", "").startswith("Conv"))
        and (own is None or entry.layer not in order or own < order[entry.layer])
        for entry in entries
    )


def _width(module: Event, parameter: Event) -> int:
    settings = module.get("settings") or {}
    if settings.get("hidden_size"):
        return int(settings["hidden_size"]) * (2 if settings.get("bidirectional") else 1)
    for key in ("out_features", "out_channels", "embed_dim"):
        if settings.get(key):
            return int(settings[key])
    return int(parameter["shape"][0])


def _fits(features: int, wide: int, *, convolution: bool) -> bool:
    return features == wide or (convolution and wide > 1 and features % wide == 0)
