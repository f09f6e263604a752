"""Where constants enter a training's graphs: what the trained part reads and no gradient flows back to."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from unstuck.analysis.fact import fact
from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.training import Training
from unstuck.core.vocabulary import DATA_INPUT, JOINING
from unstuck.record import events
from unstuck.record.events import ModuleFacts, ParameterFacts

MAX_VIEWS = 8
"""operations followed from a product down to its weight"""


@dataclass(frozen=True, slots=True)
class GraphInput:
    """A constant of some width that enters the graph."""

    width: int
    layer: str | None
    """the layer that reads it"""
    file: str | None
    line: int | None


@fact
def graph_inputs_of(training: Training) -> tuple[GraphInput, ...]:
    """The constants that layers with weights read, directly or joined to something that is trained."""
    owners = {number: parameter.layer for number, parameter in training.parameters.items()}
    return tuple(graph_input for graph in training.graphs for graph_input in _graph_inputs(graph, owners))


def _graph_inputs(graph: Graph, owners: Mapping[int, str]) -> list[GraphInput]:
    inputs = []
    below = _below_layers(graph)
    for at, node in enumerate(graph.nodes):
        data = DATA_INPUT.get(node.op)
        if data is not None and data < len(node.inputs) and node.inputs[data] is None:
            weight = _weight(graph, at)
            if weight is not None and weight.shape is not None and len(weight.shape) >= 2:
                inputs.append(GraphInput(weight.shape[1], owners.get(weight.leaf or 0), node.file, node.line))
        elif node.op in JOINING and None in node.inputs and node.shape and at in below:
            widths = {node.shape[-1], node.shape[1] if len(node.shape) > 1 else node.shape[-1]}
            inputs += [GraphInput(width, node.layer, node.file, node.line) for width in sorted(widths)]
    return inputs


def _below_layers(graph: Graph) -> set[int]:
    """The nodes whose values go through an operation with weights on their way to the loss."""
    waiting = [below for node in graph.nodes if node.op in DATA_INPUT for below in node.inputs if below is not None]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += [below for below in graph.nodes[at].inputs if below is not None]
    return seen


def _weight(graph: Graph, at: int) -> Node | None:
    """The leaf with two or more axes that the node multiplies by."""
    for position in graph.nodes[at].inputs:
        for _ in range(MAX_VIEWS):
            if position is None:
                break
            node = graph.nodes[position]
            if node.leaf is not None:
                if node.shape is not None and len(node.shape) >= 2:
                    return node
                break
            position = next((below for below in node.inputs if below is not None), None)
    return None


def feeding_the_trained_part(
    training: Training, weights: list[ParameterFacts], inputs: Sequence[GraphInput], *, inside: bool
) -> list[ParameterFacts]:
    """Of some weights, those whose layer feeds the trained part, directly or through others of them.

    ``inside``: a layer's own operation may stand in a graph (it passes gradients on and keeps none).
    """
    outputs = (place for place in training.of(events.TensorPlace) if place.what == "output")
    order = {place.name: place.id for place in outputs}
    asked = {weight.layer for weight in weights}
    inputs = [graph_input for graph_input in inputs if not _has_known_source(training, graph_input, asked, order)]
    kept = [weight for weight in weights if _feeds(training, weight, inputs, order, inside=inside)]
    grown = True
    while grown:
        grown = False
        for weight in weights:
            if weight not in kept and any(_reads(training, reader, weight, order) for reader in kept):
                kept.append(weight)
                grown = True
    return [weight for weight in weights if weight in kept]


def _feeds(
    training: Training, weight: ParameterFacts, inputs: Sequence[GraphInput], order: Mapping[str, int], *, inside: bool
) -> bool:
    """Whether the trained part reads a constant as wide as this weight's layer's output, and later than it."""
    if inside and any(node.layer == weight.layer for graph in training.graphs for node in graph.nodes):
        return True
    own = order.get(weight.layer)
    return any(
        _fits(training, graph_input.width, weight)
        and (own is None or own < order.get(graph_input.layer or "", math.inf))
        for graph_input in inputs
    )


def _reads(training: Training, after: ParameterFacts, before: ParameterFacts, order: Mapping[str, int]) -> bool:
    """Whether one layer may read another's output: it runs later, and the width fits."""
    first, second = order.get(before.layer), order.get(after.layer)
    if first is not None and second is not None and first >= second:
        return False
    return _fits(training, after.shape[1], before)


def _has_known_source(
    training: Training, graph_input: GraphInput, asked: Collection[str], order: Mapping[str, int]
) -> bool:
    """Whether the values that a layer reads are the output of another layer than the ones in question.

    The data read is compared, number by number, with the outputs of all layers at the same step. The source is
    the last layer with weights before the module whose output it equals.
    """
    layers = {parameter.layer for parameter in training.parameters.values() if len(parameter.shape) >= 2}
    sources = set()
    for name in _equal_outputs(training, graph_input.layer):
        before = [layer for layer in layers if layer in order and order[layer] <= order[name]]
        sources.add(max(before, key=order.__getitem__, default=""))
    return bool(sources) and not sources & set(asked)


def _equal_outputs(training: Training, layer: str | None) -> list[str]:
    """Names of the modules whose outputs equal the data that a layer read, at all steps where both were recorded."""
    read = {seen.step: seen.values for seen in training.inputs if seen.layer == layer and seen.values.std is not None}
    names = []
    for track in training.tracked("output"):
        common = [(at, read[step]) for at, step in enumerate(track.step.tolist()) if step in read]
        if common and all(
            _is_equal(track[column][at], number)
            for at, facts in common
            for column, number in (("mean", facts.mean), ("std", facts.std), ("min", facts.min), ("max", facts.max))
        ):
            names.append(track.place.name)
    return names


def _is_equal(output: float, read: float | None) -> bool:
    return read is not None and math.isclose(output, read, rel_tol=1e-4, abs_tol=1e-7)


def _fits(training: Training, features: int, parameter: ParameterFacts) -> bool:
    module = training.modules.get(parameter.layer)
    width = _output_width(module, parameter)
    convolution = module is not None and module.class_name.startswith("Conv")
    return features == width or (convolution and width > 1 and features % width == 0)


def _output_width(module: ModuleFacts | None, parameter: ParameterFacts) -> int:
    settings = module.settings if module is not None else {}
    hidden = settings.get("hidden_size")
    if isinstance(hidden, int) and hidden:
        return hidden * (2 if settings.get("bidirectional") else 1)
    for key in ("out_features", "out_channels", "embed_dim"):
        width = settings.get(key)
        if isinstance(width, int) and width:
            return width
    return parameter.shape[0]
