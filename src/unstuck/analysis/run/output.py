"""The output end of a network: the loss calls of a head, the last layer, and the lines of both."""

from __future__ import annotations

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.head import Head, heads_of, learned_inputs
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Evidence, Place
from unstuck.core.vocabulary import FUNCTIONS_OF_OPERATION, LEAF, PASS_THROUGH
from unstuck.record.events import LossCall

MODULE_CALLS = ("_wrapped_call_impl", "_call_impl", "forward")
"""what the user's line calls where it calls a module"""
MAX_VIEWS = 6
"""views between an operation and the parameter that it reads"""
NO_HEAD = "the operations between the loss and the last layer (compiled models hide them)"
"""what a rule on the head is skipped for"""


def heads(view: TrainingView) -> tuple[Head, ...]:
    """Every head of every recorded graph of this training."""
    return tuple(head for graph in view.training.graphs for head in heads_of(graph))


def has_readable_head(view: TrainingView) -> bool:
    """Whether a graph shows the operations between a loss and the last layer."""
    return any(head.layer is not None for head in heads(view))


def calls_of(view: TrainingView, *functions: str) -> tuple[LossCall, ...]:
    """Calls of these losses that a backward followed, or that raised."""
    return tuple(call for call in view.all_calls if call.phase in ("train", "raised") and call.function in functions)


def calls_of_head(view: TrainingView, head: Head) -> tuple[LossCall, ...]:
    """The recorded calls of the loss above this head: by its function, and by its line where both are known."""
    functions = FUNCTIONS_OF_OPERATION.get(head.function or "")
    if functions is not None:
        lines = {head.node(head.loss).line} if head.loss is not None else set()
        calls = tuple(call for call in view.train_calls if call.function in functions)
    else:
        lines = {node.line for node in head.nodes}
        known = {function for functions in FUNCTIONS_OF_OPERATION.values() for function in functions}
        calls = tuple(call for call in view.train_calls if call.function not in known)
    at_line = tuple(call for call in calls if call.line in lines)
    return at_line or (calls if functions is not None else ())


def operation_place(view: TrainingView, node: Node | None) -> Place:
    """The line of an operation; for a module of the framework, the line where it was made."""
    if node is None:
        return Place()
    made = view.module_place(node.layer)
    called_as_module = node.via in MODULE_CALLS or node.line is None
    module = view.training.modules.get(node.layer or "")
    if called_as_module and module is not None and module.leaf and made.file is not None:
        return made
    if node.file is not None:
        return Place(layer=node.layer, file=node.file, line=node.line)
    return made


def layer_of(view: TrainingView, head: Head) -> str | None:
    """The name of the last layer: that of the module that owns its weight."""
    node = head.last_layer
    if node is None:
        return None
    return owner_of(view, head, head.layer) or node.layer


def leaf_below(graph: Graph, position: int | None) -> Node | None:
    """The parameter at a position, or the one that it is a view of."""
    for _ in range(MAX_VIEWS):
        if position is None:
            return None
        node = graph.nodes[position]
        if node.leaf is not None or node.op == LEAF:
            return node
        below = learned_inputs(node)
        position = below[0] if len(below) == 1 and node.op in PASS_THROUGH else None
    return None


def weight_of(graph: Graph, position: int | None) -> Node | None:
    """The trained matrix that an operation multiplies by."""
    leaves = [leaf_below(graph, below) for below in graph.nodes[position].inputs] if position is not None else []
    return next((leaf for leaf in leaves if leaf is not None and len(leaf.shape or ()) > 1), None)


def owner_of(view: TrainingView, head: Head, position: int | None) -> str | None:
    """The layer that owns the weight of the operation at a position."""
    leaf = weight_of(head.graph, position)
    parameter = view.training.parameters.get(leaf.leaf or 0) if leaf is not None else None
    return parameter.layer if parameter is not None else None


def last_layer_place(view: TrainingView, head: Head | None) -> Place:
    """The line where the last layer was made, otherwise the line where it was used."""
    if head is None or head.last_layer is None:
        return Place()
    made = view.module_place(layer_of(view, head))
    return made if made.file is not None else operation_place(view, head.last_layer)


def last_layer_place_of_call(view: TrainingView, call: LossCall) -> Place:
    """The line of the last layer, by the width of its output; for runs that ended before there was a graph."""
    shape = shape_of(call.input)
    return layer_of_width(view, shape[1] if len(shape) > 1 else 1)


def is_vocabulary(view: TrainingView, units: int) -> bool:
    """Whether an embedding has as many rows as the head has units."""
    return any(module.settings.get("num_embeddings") == units for module in view.training.modules.values())


def layer_of_width(view: TrainingView, units: int) -> Place:
    """The line where the last layer of that many units was made."""
    for name, module in reversed(view.training.modules.items()):
        if module.leaf and units in (module.settings.get("out_features"), module.settings.get("out_channels")):
            return view.module_place(name)
    return Place()


def call_place(call: LossCall) -> Place:
    """The line of a loss call."""
    return Place(file=call.file, line=call.line)


def loss_place(view: TrainingView, head: Head | None = None, call: LossCall | None = None) -> Place:
    """The line where the loss is computed; where that is not known, the line of its backward."""
    if call is not None and call.file is not None:
        return call_place(call)
    node = head.node(head.loss if head.loss is not None else 0) if head is not None else None
    if node is not None and node.file is not None:
        return Place(file=node.file, line=node.line)
    return view.loss_place()


def loss_at_end(view: TrainingView, floor: float) -> tuple[Evidence, ...]:
    """The last loss, where it is an unweighted mean and so in the unit of ``floor``."""
    plain = all(
        call.reduction in (None, "mean") and not call.weight and not call.pos_weight for call in view.train_calls
    )
    last = view.status.last
    evidence = Evidence(key="loss_at_end", label="loss at the end", value=last, unit="nat")
    return (evidence,) if plain and last >= floor else ()
