"""The head of a network as its graph shows it: the chain of operations between the loss and the last layer."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.record.graph import Graph, Node

PARAMETRIC = frozenset(
    {"Addmm", "Mm", "Convolution", "Linear", "Bmm", "Baddbmm", "Embedding", "NativeBatchNorm", "NativeLayerNorm",
     "CudnnBatchNorm", "NativeGroupNorm", "FusedRmsNorm", "MkldnnRnnLayer", "CudnnRnn", "Mv", "Dot"}
)
"""operations that multiply by weights: where a head ends"""

PASS_THROUGH = frozenset(
    {"View", "Reshape", "ReshapeAlias", "UnsafeView", "Unsqueeze", "Squeeze", "Transpose", "T", "Permute", "Clone",
     "ToCopy", "Expand", "Select", "Slice", "Index", "Contiguous", "Alias", "Copy", "CopyBackwards", "Cat", "Stack",
     "SplitWithSizes", "Split", "Unbind", "Narrow", "Detach", "AsStrided", "Movedim", "Swapaxes", "Flatten"}
)
"""operations that move values about and leave them as they are"""

LOSSES = frozenset(
    {"NllLoss", "NllLoss2D", "MseLoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BinaryCrossEntropy",
     "BinaryCrossEntropyWithLogits", "KlDiv", "SoftMarginLoss", "MultiMarginLoss", "MultilabelMarginLoss", "CtcLoss"}
)


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


def head_of(graph: Graph) -> Head:
    """Follow the graph from the loss down to the first operation with weights."""
    nodes = graph.nodes
    at = 0
    loss = None
    seen: set[int] = set()
    while at not in seen and nodes[at].op not in LOSSES:
        seen.add(at)
        below = _next(nodes[at])
        if below is None or nodes[at].op in PARAMETRIC:
            break
        at = below
    if nodes[at].op in LOSSES:
        loss = at
    start = loss if loss is not None else 0
    chain: list[int] = []
    below = _next(nodes[start]) if loss is not None else start
    while below is not None and below not in chain and nodes[below].op not in PARAMETRIC:
        if nodes[below].op == "AccumulateGrad":
            return Head(graph, loss, tuple(chain), None)
        chain.append(below)
        below = _next(nodes[below])
    return Head(graph, loss, tuple(chain), below)


def _next(node: Node) -> int | None:
    return next((one for one in node.inputs if one is not None), None)
