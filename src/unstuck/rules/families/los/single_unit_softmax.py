"""LOS105: a soft maximum over one unit is always 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, width
from unstuck.analysis.run.output import calls_of, heads, last_layer_place, loss_place, operation_place
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule

_SOFTMAXES = ("softmax", "log_softmax")
_BRANCHING_OK = ("add",)


@dataclass(frozen=True)
class SingleUnitSoftmax(Rule[TrainingView]):
    """A soft maximum is taken over an axis of length one: the answer is 1, whatever the network says.

    ## What it measures

    The length of the axis over which each soft maximum between the last layer and the loss runs, by the autograd
    graph, that inside `cross_entropy` included.

    ## Why it hurts

    The soft maximum of a single number is exactly 1, its gradient exactly 0: nothing below it ever learns.

    ## How it decides

    A soft maximum between the last layer and the loss whose axis has one element. Attention weights over a single
    place lie below the last layer, or are multiplied with values, and are left alone.

    ## Example

    ```python
    nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softmax(dim=1))   # two classes, one unit
    ```

    ## Remedies

    One unit and two classes: no softmax, and `BCEWithLogitsLoss`. Or one unit for each class and
    `CrossEntropyLoss`.

    ## Known limits

    Inside `torch.compile` the soft maximum is seen only where `cross_entropy` itself is given one class.

    ## References

    PyTorch documentation, `torch.nn.Softmax`; `torch.nn.BCEWithLogitsLoss`.
    """

    code: ClassVar[str] = "LOS105"
    name: ClassVar[str] = "single-unit-softmax"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("given.always_one",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the shapes of the calls where there is no graph to read."""
        for head in heads(view):
            node = _single(head)
            if node is not None:
                yield self._found(view, head, node)
                return
        for call in calls_of(view, "cross_entropy"):
            if call["phase"] == "train" and call.get("classes") == 1:
                yield self._told(view, None, call["input"]["shape"][0])
                return

    def _found(self, view: TrainingView, head: Head, node: Node) -> Finding:
        return self._told(view, (head, node), (node.shape or (0,))[0])

    def _told(self, view: TrainingView, where: tuple[Head, Node] | None, answers: int) -> Finding:
        place = loss = loss_place(view, where[0] if where else None, (*calls_of(view, "cross_entropy"), None)[0])
        if where is not None:
            head, node = where
            loss = loss_place(view, head)
            place = operation_place(view, node)
            if node.op == "log_softmax" and place.file == loss.file and place.line == loss.line:
                place = last_layer_place(view, head)  # inside cross_entropy: the layer is too narrow
            place = place if place.file is not None else loss
        return self.finding(
            "the soft maximum over 1 unit is always 1: no gradient reaches the network",
            view=view, place=place, used_at=loss if loss != place else None,
            first_step=where[0].graph.step if where else None,
            evidence=(
                Evidence(label="units that the soft maximum is taken over", value=1.0, threshold=2.0, unit="units"),
                Evidence(label="answers in the first batch, all of them 1", value=float(answers)),
            ),
            remedies=(_REMEDY, _OTHER),
        )


def _single(head: Head) -> Node | None:
    """The soft maximum over one unit; none that is multiplied with something learned (attention)."""
    for node in head.nodes:
        branches = sum(one is not None for one in node.inputs)
        if node.op in _SOFTMAXES:
            if width(node) == 1:
                return node
        elif branches > 1 and node.op not in _BRANCHING_OK:
            return None
    return None


_REMEDY = Remedy(
    name="sigmoid-and-binary-loss",
    text="One unit and two classes: remove the softmax, and use the binary loss that takes scores.",
    applicability=Applicability.SAFE,
    code="loss = F.binary_cross_entropy_with_logits(scores.squeeze(1), y.float())   # no softmax",
)
_OTHER = Remedy(
    name="one-unit-per-class",
    text="Or give each class its own unit, and use cross-entropy on the scores.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, 2)   # then F.cross_entropy(scores, y.long())",
)
