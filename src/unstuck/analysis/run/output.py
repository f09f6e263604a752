"""What rules about the output end of a network ask: which calls belong to a head, which labels, which line."""

from __future__ import annotations

from unstuck.analysis.run.graph import Graph, Node
from unstuck.analysis.run.head import Head, heads_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Evidence, Place
from unstuck.core.vocabulary import LIKELIHOOD_LOSSES, PASS_THROUGH
from unstuck.record.reader import Event

FUNCTIONS: dict[str | None, tuple[str, ...]] = {
    "nll_loss": LIKELIHOOD_LOSSES,
    "mse_loss": ("mse_loss",), "smooth_l1_loss": ("smooth_l1_loss",), "huber_loss": ("huber_loss",),
    "binary_cross_entropy": ("binary_cross_entropy",),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy_with_logits",),
    "soft_margin_loss": ("soft_margin_loss",), "multi_margin_loss": ("multi_margin_loss",),
}
"""operation in the graph → the functions that make it"""
_MODULE_CALLS = ("_wrapped_call_impl", "_call_impl", "forward")


def heads(view: TrainingView) -> tuple[Head, ...]:
    """Every head of every recorded graph of this training."""
    return tuple(head for graph in view.training.graphs for head in heads_of(graph))


def calls_of(view: TrainingView, *functions: str) -> tuple[Event, ...]:
    """Calls of these losses that were trained on, or that raised."""
    return tuple(
        call for call in view.all_calls
        if call.get("phase") in ("train", "raised") and call.get("function") in functions
    )


def calls_of_head(view: TrainingView, head: Head) -> tuple[Event, ...]:
    """The recorded calls of the loss above this head: by its function, and by its line where both are known."""
    own = FUNCTIONS.get(head.function)
    if own is not None:
        lines = {head.node(head.loss).line} if head.loss is not None else set()
        calls = tuple(call for call in view.train_calls if call["function"] in own)
    else:
        lines = {node.line for node in head.nodes}
        calls = tuple(c for c in view.train_calls if not any(c["function"] in some for some in FUNCTIONS.values()))
    at_line = tuple(call for call in calls if call.get("line") in lines)
    return at_line or (calls if own is not None else ())


def operation_place(view: TrainingView, node: Node | None) -> Place:
    """The line of an operation; for a module of torch's own, the line where it was made."""
    if node is None:
        return Place()
    made = view.module_place(node.layer)
    called_as_module = node.via in _MODULE_CALLS or node.line is None
    leaf = view.training.modules.get(node.layer or "", {}).get("leaf")
    if called_as_module and leaf and made.file is not None:
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


def leaf_below(graph: Graph, at: int | None) -> Node | None:
    """The leaf that a position is, or is a mere view of."""
    for _ in range(6):
        if at is None:
            return None
        node = graph.nodes[at]
        if node.leaf is not None or node.op == "leaf":
            return node
        below = [one for one in node.inputs if one is not None]
        at = below[0] if len(below) == 1 and node.op in PASS_THROUGH else None
    return None


def weight_of(graph: Graph, at: int | None) -> Node | None:
    """The trained matrix that an operation multiplies by."""
    leaves = [leaf_below(graph, one) for one in graph.nodes[at].inputs] if at is not None else []
    return next((leaf for leaf in leaves if leaf is not None and len(leaf.shape or ()) > 1), None)


def owner_of(view: TrainingView, head: Head, at: int | None) -> str | None:
    """The layer that owns the weight of the operation at a position."""
    leaf = weight_of(head.graph, at)
    parameter = view.training.parameters.get(leaf.leaf or 0) if leaf is not None else None
    return str(parameter["layer"]) if parameter is not None else None


def last_layer_place(view: TrainingView, head: Head | None) -> Place:
    """Where the last layer was made, else the line where it was used."""
    if head is None or head.last_layer is None:
        return Place()
    made = view.module_place(layer_of(view, head))
    return made if made.file is not None else operation_place(view, head.last_layer)


def is_vocabulary(view: TrainingView, units: int) -> bool:
    """Whether an embedding has as many rows as the head has units."""
    modules = view.training.modules.values()
    return any((module.get("settings") or {}).get("num_embeddings") == units for module in modules)


def layer_of_width(view: TrainingView, units: int) -> Place:
    """Where the last layer of that many units was made; for runs that ended before there was a graph."""
    for name, module in reversed(view.training.modules.items()):
        settings = module.get("settings") or {}
        if module.get("leaf") and units in (settings.get("out_features"), settings.get("out_channels")):
            return view.module_place(name)
    return Place()


def call_place(call: Event | None) -> Place:
    """The line of a loss call."""
    return Place(file=call.get("file"), line=call.get("line")) if call is not None else Place()


def loss_place(view: TrainingView, head: Head | None = None, call: Event | None = None) -> Place:
    """The line where the loss is computed; where that is not known, the line of its backward."""
    if call is not None and call.get("file") is not None:
        return call_place(call)
    node = head.node(head.loss if head.loss is not None else 0) if head is not None else None
    if node is not None and node.file is not None:
        return Place(file=node.file, line=node.line)
    return view.loss_place()


def loss_at_the_end(view: TrainingView, floor: float) -> tuple[Evidence, ...]:
    """The last loss, where it is a plain mean and so in the unit of ``floor``."""
    plain = all(
        call.get("reduction") in (None, "mean") and not call.get("weight") and not call.get("pos_weight")
        for call in view.train_calls
    )
    last = view.status.last
    return (Evidence(label="loss at the end", value=last, unit="nat"),) if plain and last >= floor else ()
