"""ARC113: an activation or dropout between the last layer and a loss on logits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below, width
from unstuck.analysis.run.output import NO_HEAD, has_readable_head, heads, loss_place, operation_place, weight_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import (
    CLAMPS,
    CROSS_ENTROPY_BINARY,
    ERROR_ARITHMETIC,
    NORMALISATIONS,
    OPERATION_NAMES,
    PASS_THROUGH,
)
from unstuck.rules.rule import Rule, TooLittle

_EFFECTS: Mapping[str, str] = {
    "relu": "negative logits become 0",
    "threshold": "negative logits become 0",
    "hardtanh": "logits are clipped to its range",
    "tanh": "logits lie between -1 and 1",
    "sigmoid": "logits lie between 0 and 1",
    "hardsigmoid": "logits lie between 0 and 1",
    "softmax": "logits lie between 0 and 1",
    "softplus": "no logit is negative",
}
"""activation → what it does to logits"""
_NORMALISERS = ("log_softmax", "softmax", "sigmoid", "log_sigmoid")
"""operations that take logits and belong to the loss"""
_LOSSES_ON_LOGITS = ("binary_cross_entropy_with_logits", "soft_margin_loss")
_CLASSIFICATION_LOSSES = ("nll_loss", "soft_margin_loss", *CROSS_ENTROPY_BINARY)
_REPORTED_ELSEWHERE = {
    ("log_softmax", "softmax"), ("softmax", "softmax"), ("sigmoid", "sigmoid"), ("log_sigmoid", "sigmoid"),
}
"""pairs that other rules report: LOS101, LOS102"""
_DROPPED = "a share of the outputs is set to 0 at every step"


class _Restriction(NamedTuple):
    """An operation that restricts the output."""

    node: Node
    name: str
    effect: str
    is_dropout: bool


@dataclass(frozen=True)
class ActivationOnOutput(Rule[TrainingView]):
    """An activation or dropout between the last layer and the loss restricts the logits.

    ## What it measures

    The operation nearest to the loss (or nearest to the softmax or sigmoid that belongs to the loss), by the autograd
    graph.

    ## Why it hurts

    Cross-entropy needs unbounded logits. After ReLU no class can get a negative logit, and units below zero get no
    gradient. After tanh or sigmoid no prediction can become confident. Dropout after the last layer sets outputs to
    zero, and the network is trained on them.

    ## How it decides

    ReLU, ReLU6, hard tanh, tanh, sigmoid, softplus or softmax, with only moves between it and cross-entropy or a
    binary loss on logits; or dropout before any loss. A factor between the two (`10 * tanh(x)`) is taken as intended.
    Leaky ReLU, ELU and GELU do not restrict the output in this sense. Sigmoid and tanh before a regression loss are
    judged by their targets (LOS106).

    ## Example

    ```python
    return F.relu(self.fc3(x))   # then: F.cross_entropy(output, y)
    ```

    ## Remedies

    End the network with its last linear layer.

    ## Known limits

    A ReLU on the output of a regression passes unless its targets are out of range.

    ## References

    Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2: output units.
    """

    code: ClassVar[str] = "ARC113"
    name: ClassVar[str] = "activation-on-output"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("LOS101", "LOS102", "LOS103", "LOS106")
    needs: ClassVar[tuple[str, ...]] = ("graph",)
    figures: ClassVar[tuple[str, ...]] = ("loss_inputs.cut_off",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The first operation below the loss that changes values."""
        for head in heads(view):
            restriction = _restriction(view, head)
            if restriction is not None:
                yield self._finding(view, head, restriction)
                return
        if not has_readable_head(view):
            raise TooLittle(NO_HEAD)

    def _finding(self, view: TrainingView, head: Head, restriction: _Restriction) -> Finding:
        loss, place = loss_place(view, head), operation_place(view, restriction.node)
        outputs = _num_outputs(head)
        passes = "the output passes" if outputs == 1 else f"the {outputs} outputs pass"
        return self.finding(
            f"{passes} through {restriction.name} before the loss: {restriction.effect}",
            view=view, place=place if place.file is not None else loss, used_at=loss, first_step=head.graph.step,
            evidence=(
                Evidence(key="restricting_operations",
                         label="operations between the last layer and the loss that restrict the output", value=1.0,
                         threshold=0.0),
                Evidence(key="num_outputs", label="outputs concerned", value=float(outputs), unit="units"),
                Evidence(key="loss_at_end", label="loss at the end", value=view.status.last),
            ),
            remedies=(_NO_DROPOUT if restriction.is_dropout else _NO_ACTIVATION,),
        )


def _num_outputs(head: Head) -> int:
    """Units, or channels, of the last layer."""
    layer = head.last_layer
    shape = (layer.shape if layer is not None else None) or (1,)
    return shape[1] if layer is not None and layer.op == "convolution" and len(shape) > 1 else shape[-1]


def _restriction(view: TrainingView, head: Head) -> _Restriction | None:
    """The operation that restricts the output of a head."""
    start = 0 if head.loss is not None else _below_loss_by_hand(head)
    index = first_below(head, start, PASS_THROUGH | CLAMPS | {"log"})
    if index is None or head.last_layer is None:
        return None
    node = head.nodes[index]
    if is_dropout(view, node):
        return _dropout(head, index)
    takes_logits = head.function in _LOSSES_ON_LOGITS
    if node.op in _NORMALISERS and not takes_logits:
        if head.loss is not None and head.function not in _CLASSIFICATION_LOSSES and node.op != "log_softmax":
            return None
        outer = node.op
        index = first_below(head, index + 1, PASS_THROUGH | CLAMPS | {"log", "neg"})
        if index is None or (outer, head.nodes[index].op) in _REPORTED_ELSEWHERE:
            return None
        node = head.nodes[index]
        if is_dropout(view, node):
            return _dropout(head, index)
    elif not takes_logits or node.op == "sigmoid":
        return None
    return _activation(head, index)


def _dropout(head: Head, index: int) -> _Restriction | None:
    if not _follows_last_layer(head, index):
        return None
    return _Restriction(head.nodes[index], "dropout", _DROPPED, is_dropout=True)


def _activation(head: Head, index: int) -> _Restriction | None:
    node = head.nodes[index]
    if node.op == "softmax" and width(node) == 1:
        return None  # LOS105
    if node.op not in _EFFECTS or not _follows_last_layer(head, index):
        return None
    return _Restriction(node, OPERATION_NAMES.get(node.op, node.op), _EFFECTS[node.op], is_dropout=False)


def _below_loss_by_hand(head: Head) -> int:
    """Index in the chain below the arithmetic of a loss written by hand."""
    arithmetic = PASS_THROUGH | ERROR_ARITHMETIC | {"neg", "add", "div", "sub", "log"}
    for index, node in enumerate(head.nodes):
        product = node.op == "mul" and node.via is None and node.layer is None
        if node.op not in arithmetic and not product:
            return index
    return len(head.chain)


def _follows_last_layer(head: Head, index: int) -> bool:
    """Whether only moves and a bias stand between the operation and the last layer."""
    moved = all(node.op in PASS_THROUGH or node.op == "add" for node in head.nodes[index + 1 :])
    layer = head.last_layer
    normalised = layer is not None and layer.op in NORMALISATIONS
    return moved and (normalised or weight_of(head.graph, head.layer) is not None)


def is_dropout(view: TrainingView, node: Node) -> bool:
    """Whether the operation is dropout: by its name, its function, or the class of its module."""
    if node.op == "dropout":
        return True
    module = view.training.modules.get(node.layer or "")
    of_module = module is not None and module.class_name.startswith("Dropout")
    return node.op == "mul" and (of_module or (node.via or "").startswith(("dropout", "feature_dropout")))


_NO_ACTIVATION = Remedy(
    name="remove-output-activation",
    text="End the network with its last linear layer: the loss needs unbounded logits.",
    applicability=Applicability.SAFE,
    code="return self.fc3(x)   # no activation after the last layer",
)
_NO_DROPOUT = Remedy(
    name="remove-output-dropout",
    text="Move the dropout before the last layer: drop features, not outputs.",
    applicability=Applicability.SAFE,
    code="return self.out(self.dropout(x))   # not: self.dropout(self.out(x))",
)
