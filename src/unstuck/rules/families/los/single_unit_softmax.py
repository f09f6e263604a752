"""LOS105: softmax over a single unit is always 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, learned_inputs, width
from unstuck.analysis.run.output import (
    NO_HEAD,
    calls_of,
    has_readable_head,
    heads,
    last_layer_place,
    loss_place,
    operation_place,
)
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle

_SOFTMAXES = ("softmax", "log_softmax")


@dataclass(frozen=True)
class SingleUnitSoftmax(Rule[TrainingView]):
    """Softmax is taken over an axis of length 1: the output is 1, whatever the network computes.

    ## What it measures

    The autograd graph: the length of the axis of each softmax between the last layer and the loss, including the one
    inside `cross_entropy`.

    ## Why it hurts

    The softmax of a single number is exactly 1 and its gradient is exactly 0: no layer below it is trained.

    ## How it decides

    A softmax between the last layer and the loss has an axis of length 1. Attention weights over a single position lie
    below the last layer, or are multiplied by values, and are not reported.

    ## Example

    ```python
    nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softmax(dim=1))   # two classes, one unit
    ```

    ## Remedies

    For two classes and one unit, remove the softmax and use `BCEWithLogitsLoss`. Or use one unit per class and
    `CrossEntropyLoss`.

    ## Known limits

    Inside `torch.compile` the softmax is detected only where `cross_entropy` itself is given one class.

    ## References

    PyTorch documentation, `torch.nn.Softmax`; `torch.nn.BCEWithLogitsLoss`.
    """

    code: ClassVar[str] = "LOS105"
    name: ClassVar[str] = "single-unit-softmax"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("loss_inputs.always_one",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the shapes of the calls where there is no graph to read."""
        for head in heads(view):
            node = _single_unit_softmax(head)
            if node is not None:
                yield self._by_graph(view, head, node)
                return
        calls = [call for call in calls_of(view, "cross_entropy") if call.phase == "train"]
        for call in calls:
            if call.classes == 1:
                place = loss_place(view, call=call)
                yield self._finding(view, place, place, None, (shape_of(call.input) or (0,))[0])
                return
        if not calls and not has_readable_head(view):
            raise TooLittle(NO_HEAD)

    def _by_graph(self, view: TrainingView, head: Head, node: Node) -> Finding:
        loss, place = loss_place(view, head), operation_place(view, node)
        if node.op == "log_softmax" and (place.file, place.line) == (loss.file, loss.line):
            place = last_layer_place(view, head)  # inside cross_entropy: the last layer is too narrow
        place = place if place.file is not None else loss
        return self._finding(view, place, loss, head.graph.step, (node.shape or (0,))[0])

    def _finding(self, view: TrainingView, place: Place, loss: Place, step: int | None, outputs: int) -> Finding:
        return self.finding(
            "softmax over 1 unit is always 1: no gradient reaches the network",
            view=view, place=place, used_at=loss if loss != place else None, first_step=step,
            evidence=(
                Evidence(key="softmax_units", label="units that softmax is taken over", value=1.0, threshold=2.0,
                         unit="units"),
                Evidence(key="outputs_equal_to_one", label="outputs equal to 1 in the first batch (all of them)",
                         value=float(outputs)),
            ),
            remedies=(_SIGMOID, _UNIT_PER_CLASS),
        )


def _single_unit_softmax(head: Head) -> Node | None:
    """The softmax over one unit; None for one that is multiplied by something learned (attention)."""
    for node in head.nodes:
        if node.op in _SOFTMAXES:
            if width(node) == 1:
                return node
        elif len(learned_inputs(node)) > 1 and node.op != "add":
            return None
    return None


_SIGMOID = Remedy(
    name="sigmoid-and-binary-loss",
    text="For two classes and one unit, remove the softmax and use the binary loss on logits.",
    applicability=Applicability.SAFE,
    code="loss = F.binary_cross_entropy_with_logits(logits.squeeze(1), y.float())   # no softmax",
)
_UNIT_PER_CLASS = Remedy(
    name="one-unit-per-class",
    text="Or use one unit per class, and cross-entropy on the logits.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, 2)   # then F.cross_entropy(logits, y.long())",
)
