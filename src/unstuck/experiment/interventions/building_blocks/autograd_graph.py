"""What the nodes of autograd's graph are: weights, activations, norms, and what leaves a signal as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Node = Any
"""``torch.autograd.graph.Node``"""
Layer = TypeVar("Layer")
LEAF = "torch::autograd::AccumulateGrad"
WEIGHTED = ("Addmm", "Mm", "Addmv", "Mv", "Convolution", "MkldnnConvolution", "Linear", "MkldnnLinear", "MkldnnRnn",
            "CudnnRnn", "ThnnFused")  # fmt: skip
PRODUCTS = ("Bmm", "Baddbmm")
"""with weights where one factor is a parameter, as `einsum` makes them"""
ACTIVATIONS = ("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Gelu", "Elu", "Silu", "Mish", "Hardtanh", "Hardswish",
               "Hardsigmoid", "Softplus", "PreluKernel", "RreluWithNoise", "Clamp", "ClampMin", "LogSigmoid",
               "Threshold", "Celu", "Softsign", "Sin", "Cos")  # fmt: skip
NORMS = ("NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm", "NativeLayerNorm", "NativeGroupNorm", "FusedRmsNorm")
PLAIN = ("View", "UnsafeView", "ReshapeAlias", "T", "Transpose", "Permute", "Squeeze", "Unsqueeze", "Slice", "Select",
         "Clone", "ToCopy", "Alias", "NativeDropout", "AvgPool1D", "AvgPool2D", "AvgPool3D", "Mean", "MkldnnAdaptive",
         "AdaptiveAvgPool1D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "MaxPool2DWithIndices", "UpsampleNearest2D",
         "UpsampleBilinear2D", "Neg")  # fmt: skip
SUMS = ("Mul", "Div", "Add", "Sub")
"""plain where the other side is a number, a mask or a parameter"""


@dataclass(frozen=True, slots=True)
class Link:
    """How the output of a layer reaches the next one."""

    activated: bool
    normed: bool


def kind(node: Node) -> str:
    """``Addmm`` of ``AddmmBackward0``."""
    return str(node.name()).partition("Backward")[0]


def weighted(node: Node) -> bool:
    """Whether its operation multiplies with weights."""
    this = kind(node)
    if this in PRODUCTS:
        return any(_is_parameter(one) for one, _ in node.next_functions)
    return this in WEIGHTED


def _is_parameter(node: Node | None, hops: int = 4) -> bool:
    """Whether it is a parameter, or one seen from another side."""
    while node is not None and hops:
        if node.name() == LEAF:
            return True
        if kind(node) not in PLAIN and kind(node) != "Expand":
            return False
        node, hops = node.next_functions[0][0], hops - 1
    return False


def links(start: Node, outputs: Mapping[Node, Layer]) -> Iterator[tuple[Layer, Link]]:
    """The layers whose outputs reach ``start`` with nothing but activations, norms and plain operations between."""
    node, activated, normed = start, False, False
    while node is not None:
        if node in outputs:
            yield outputs[node], Link(activated, normed)
            return
        this = kind(node)
        inputs = [one for one, _ in node.next_functions if one is not None]
        if this in ACTIVATIONS:
            activated = True
        elif this in NORMS:
            normed = True
        elif this in SUMS:
            inputs = [one for one in inputs if one.name() != LEAF]
            if len(inputs) != 1:
                return
        elif this not in PLAIN:
            return
        node = inputs[0] if inputs else None
