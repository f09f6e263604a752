"""Where constants enter a training's graphs: what the trained part reads that no gradient flows back to."""

from __future__ import annotations

import math
from dataclasses import dataclass

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import DATA_INPUT, JOINING
from unstuck.record import events
from unstuck.record.reader import Event


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


def chained(training: Training, weights: list[Event], entries: list[Entry], *, inside: bool) -> list[Event]:
    """Of some weights those whose layer feeds the trained part, directly or through others of them.

    ``inside``: a layer's own operation may stand in a graph (it passes gradients on and keeps none).
    """
    order = {e["name"]: e["id"] for e in training.of(events.TensorPlace) if e["what"] == "output"}
    entries = [entry for entry in entries if not _known_source(training, entry, weights, order)]
    kept = [p for p in weights if _feeds(training, p, entries, order, inside=inside)]
    grown = True
    while grown:
        grown = False
        for p in weights:
            if p not in kept and any(_reads(training, q, p, order) for q in kept):
                kept.append(p)
                grown = True
    return [p for p in weights if p in kept]


def _feeds(
    training: Training, parameter: Event, entries: list[Entry], order: dict[str, int], *, inside: bool
) -> bool:
    """Whether the trained part reads a constant as wide as what this weight's layer gives, and gives before."""
    layer = parameter["layer"]
    if inside and any(node.layer == layer for graph in training.graphs for node in graph.nodes):
        return True
    own = order.get(layer)
    return any(
        _fits(training, entry.width, parameter)
        and (own is None or entry.layer not in order or own < order[entry.layer])
        for entry in entries
    )


def _reads(training: Training, after: Event, before: Event, order: dict[str, int]) -> bool:
    """Whether one layer may read what another gives: later, and of its width."""
    first, second = order.get(before["layer"]), order.get(after["layer"])
    if first is not None and second is not None and first >= second:
        return False
    return _fits(training, int(after["shape"][1]), before)


def _known_source(training: Training, entry: Entry, weights: list[Event], order: dict[str, int]) -> bool:
    """Whether the values that a layer reads are those of another layer than the ones in question.

    The data read is compared, number by number, with the outputs of all layers at the same step; the last layer
    with weights before the one that gave it is the source.
    """
    read = {e["step"]: e for e in training.inputs if e.get("layer") == entry.layer and e.get("std") is not None}
    given = [
        track.place["name"] for track in training.tracked("output")
        if (common := [i for i, step in enumerate(track.step.tolist()) if step in read])
        and all(
            math.isclose(track[name][i], read[int(track.step[i])][name], rel_tol=1e-4, abs_tol=1e-7)
            for i in common for name in ("mean", "std", "min", "max")
        )
    ]
    asked = {p["layer"] for p in weights}
    owners = {p["layer"] for p in training.parameters.values() if len(p.get("shape") or ()) >= 2}
    sources = set()
    for name in given:
        before = [layer for layer in owners if layer in order and order[layer] <= order[name]]
        sources.add(max(before, key=order.__getitem__, default=""))
    return bool(sources) and not sources & asked


def _fits(training: Training, features: int, parameter: Event) -> bool:
    module = training.modules.get(parameter["layer"], {})
    wide = _width(module, parameter)
    return features == wide or (module.get("class", "").startswith("Conv") and wide > 1 and features % wide == 0)


def _width(module: Event, parameter: Event) -> int:
    settings = module.get("settings") or {}
    if settings.get("hidden_size"):
        return int(settings["hidden_size"]) * (2 if settings.get("bidirectional") else 1)
    for key in ("out_features", "out_channels", "embed_dim"):
        if settings.get(key):
            return int(settings[key])
    return int(parameter["shape"][0])
