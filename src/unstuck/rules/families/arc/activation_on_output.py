"""ARC113: an activation or dropout between the last layer and a loss that wants free scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below, width
from unstuck.analysis.run.output import heads, loss_place, operation_place, weight_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, PASS_THROUGH
from unstuck.rules.rule import Rule

_NORMALISERS = ("log_softmax", "softmax", "sigmoid", "log_sigmoid", "binary_cross_entropy_with_logits")
_CUTTING = {
    "relu": ("ReLU", "negative scores become 0"),
    "threshold": ("ReLU", "negative scores become 0"),
    "hardtanh": ("a hard tanh or ReLU6", "scores outside its range are cut off"),
    "tanh": ("tanh", "scores stay between -1 and 1"),
    "sigmoid": ("sigmoid", "scores stay between 0 and 1"),
    "hardsigmoid": ("a hard sigmoid", "scores stay between 0 and 1"),
    "softmax": ("softmax", "scores stay between 0 and 1"),
    "softplus": ("softplus", "no score is negative"),
}
_LOGIT_LOSSES = ("nll_loss", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss")


@dataclass(frozen=True)
class ActivationOnOutput(Rule[TrainingView]):
    """The scores pass an activation or dropout on their way to the loss, which cuts answers off.

    ## What it measures

    The operation nearest below the loss (or below the soft maximum or sigmoid that belongs to it), by the autograd
    graph.

    ## Why it hurts

    Cross-entropy needs scores that are free to go anywhere: through ReLU no class can be spoken against, and units
    that are negative get no gradient; through tanh or sigmoid no answer can become sure. Dropout behind the last
    layer sets answers to zero, and trains on them.

    ## How it decides

    ReLU, ReLU6, hard tanh, tanh, sigmoid, softplus or soft maximum with nothing but moves between it and
    cross-entropy or a binary loss on scores; dropout likewise before any loss. A factor between the two
    (`10 * tanh(x)`) is a choice; leaky ReLU, ELU and GELU lose nothing. Sigmoid and tanh before a regression loss
    are judged by their targets (LOS106).

    ## Example

    ```python
    return F.relu(self.fc3(x))   # then: F.cross_entropy(output, y)
    ```

    ## Remedies

    End the network in its last linear layer.

    ## Known limits

    A ReLU on the output of a regression passes unless targets are out of its reach.

    ## References

    Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2: output units.
    """

    code: ClassVar[str] = "ARC113"
    name: ClassVar[str] = "activation-on-output"
    severity: ClassVar[Severity] = Severity.WARNING
    explained_by: ClassVar[tuple[str, ...]] = ("LOS101", "LOS102", "LOS103", "LOS106")
    needs: ClassVar[tuple[str, ...]] = ("graph",)
    figures: ClassVar[tuple[str, ...]] = ("given.cut_off",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The first operation below the loss that changes values."""
        for head in heads(view):
            found = _cut(view, head)
            if found is not None:
                yield self._told(view, head, *found)
                return

    def _told(self, view: TrainingView, head: Head, node: Node, name: str, effect: str) -> Finding:
        loss = loss_place(view, head)
        place = operation_place(view, node)
        layer = head.last_layer
        shape = (layer.shape if layer is not None else None) or (1,)
        outputs = float(shape[1] if layer is not None and layer.op == "convolution" and len(shape) > 1 else shape[-1])
        return self.finding(
            f"{_outputs(outputs)} {name} on the way to the loss: {effect}",
            view=view, place=place if place.file is not None else loss, used_at=loss, first_step=head.graph.step,
            evidence=(
                Evidence(label="operations that cut scores off, between layer and loss", value=1.0, threshold=0.0),
                Evidence(label="outputs concerned", value=outputs, unit="units"),
                Evidence(label="loss at the end", value=view.status.last),
            ),
            remedies=(_DROPOUT_REMEDY if name == "dropout" else _REMEDY,),
        )


def _outputs(number: float) -> str:
    return "the output passes" if number == 1 else f"the {number:.0f} outputs pass"


def _cut(view: TrainingView, head: Head) -> tuple[Node, str, str] | None:
    """The operation that cuts, its name, and what it does."""
    start = 0
    if head.loss is None:
        start = _below_own_loss(head)
    below = first_below(head, start, PASS_THROUGH | CLAMPS | {"log"})
    if below is None or head.last_layer is None:
        return None
    node = head.node(head.chain[below])
    if is_dropout(view, node):
        if not _straight_to_layer(head, below):
            return None
        return node, "dropout", "a share of the answers is set to 0 at every step"
    wants_scores = head.function in ("binary_cross_entropy_with_logits", "soft_margin_loss")
    if node.op in _NORMALISERS and not wants_scores:
        if head.function not in _LOGIT_LOSSES and node.op != "log_softmax" and head.loss is not None:
            return None
        outer = node.op
        below = first_below(head, below + 1, PASS_THROUGH | CLAMPS | {"log", "neg"})
        node = head.node(head.chain[below]) if below is not None else node
        if below is None or (outer, node.op) in _OTHERS:
            return None
        if is_dropout(view, node) and _straight_to_layer(head, below):
            return node, "dropout", "a share of the answers is set to 0 at every step"
    elif not wants_scores or node.op == "sigmoid":
        return None
    if node.op == "softmax" and width(node) == 1:
        return None  # LOS105
    return (node, *_CUTTING[node.op]) if node.op in _CUTTING and _straight_to_layer(head, below) else None


_OTHERS = {
    ("log_softmax", "softmax"), ("softmax", "softmax"), ("sigmoid", "sigmoid"), ("log_sigmoid", "sigmoid"),
}
"""pairs that other rules name: LOS101, LOS102"""


def _below_own_loss(head: Head) -> int:
    """Index in the chain below the arithmetic of a loss written by hand."""
    arithmetic = PASS_THROUGH | {"mean", "sum", "pow", "abs", "sqrt", "neg", "add", "div", "sub", "log"}
    for index, node in enumerate(head.nodes):
        product = node.op == "mul" and node.via is None and node.layer is None
        if node.op not in arithmetic and not product:
            return index
    return len(head.chain)


def _straight_to_layer(head: Head, index: int) -> bool:
    """Whether below it the last layer follows, perhaps with its bias."""
    rest = [head.node(at) for at in head.chain[index + 1 :]]
    moved = all(n.op in PASS_THROUGH or n.op == "add" for n in rest)
    layer = head.last_layer
    normalised = layer is not None and layer.op.endswith(("batch_norm", "layer_norm", "group_norm"))
    return moved and (normalised or weight_of(head.graph, head.layer) is not None)


def is_dropout(view: TrainingView, node: Node) -> bool:
    """Whether the operation is dropout: by its name, its function, or the class of its module."""
    if node.op == "dropout":
        return True
    kind = str(view.training.modules.get(node.layer or "", {}).get("class", ""))
    return node.op == "mul" and (str(node.via).startswith(("dropout", "feature_dropout")) or kind.startswith("Dropout"))


_REMEDY = Remedy(
    name="remove-output-activation",
    text="End the network in its last linear layer: the loss wants scores that are free to go anywhere.",
    applicability=Applicability.SAFE,
    code="return self.fc3(x)   # no activation after the last layer",
)
_DROPOUT_REMEDY = Remedy(
    name="remove-output-dropout",
    text="Move the dropout before the last layer: it belongs on features, not on answers.",
    applicability=Applicability.SAFE,
    code="return self.out(self.dropout(x))   # not: self.dropout(self.out(x))",
)
