"""LOS101: soft maximum taken twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.head import PASS_THROUGH, Head
from unstuck.rules.rule import Rule, threshold
from unstuck.rules.view import View


@dataclass(frozen=True)
class SoftmaxBeforeCrossEntropy(Rule):
    """Cross-entropy is given probabilities, and takes the soft maximum of them once more.

    ## What it measures

    Whether the input of `cross_entropy` comes out of a soft maximum over the classes, by the autograd graph;
    where the graph is hidden (compiled models), whether every row of it is non-negative and sums to one.

    ## Why it hurts

    Scores between 0 and 1 can differ by 1 at most, so the second soft maximum is almost flat: with K classes the
    loss cannot fall below log(1 + (K − 1)/e), and gradients shrink as the network becomes sure.

    ## How it decides

    Only operations that move values about may stand between the two. Log-softmax before cross-entropy changes
    nothing and is no fault; a temperature or a factor between the two is a choice, and is left alone.

    ## Example

    ```python
    return F.softmax(self.head(x), dim=1)   # then: F.cross_entropy(output, y)
    ```

    ## Remedies

    Return the scores themselves; take the soft maximum only where probabilities are shown.

    ## Known limits

    Inside `torch.compile` only the values are seen, and the finding is *suspected*.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: "the input is expected to contain the unnormalized logits".
    """

    code: ClassVar[str] = "LOS101"
    name: ClassVar[str] = "softmax-before-cross-entropy"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss",)

    row_sum: float = threshold(1e-3, unit="", source="float32 rounding of a sum of 1,000 probabilities")
    calls: int = threshold(3, unit="loss calls", source="fewer may be one-hot by chance")

    def check(self, view: View) -> Iterator[Finding]:
        """By the graph; by the values where there is no graph to read."""
        seen = False
        for head in view.heads:
            at = self._softmax(head)
            if at is not None:
                yield self._found(view, head, at)
                return
            seen = seen or head.layer is not None
        if not seen:
            yield from self._by_values(view)

    def _softmax(self, head: Head) -> int | None:
        """Position of a soft maximum over the axis that cross-entropy normalises, with nothing but moves between."""
        if head.function not in ("NllLoss", "NllLoss2D"):
            return None
        outer = None
        for at in head.chain:
            node = head.node(at)
            if outer is None and node.op == "LogSoftmax":
                outer = node
            elif outer is not None and node.op == "Softmax" and _width(node) == _width(outer):
                return at
            elif node.op not in PASS_THROUGH:
                return None
        return None

    def _found(self, view: View, head: Head, at: int) -> Finding:
        node = head.node(at)
        classes = _width(node) or 2
        floor = math.log1p((classes - 1) / math.e)
        place = Place(layer=node.layer, file=node.file, line=node.line)
        module = view.module_place(node.layer)
        if module.file is not None and view.training.modules.get(node.layer or "", {}).get("leaf"):
            place = module
        last = view.standing.last
        return self.finding(
            f"cross-entropy takes the soft maximum of a soft maximum: the loss cannot fall below {floor:.3f}",
            view=view, place=place, used_at=view.loss_place(), first_step=head.graph.step,
            evidence=(
                Evidence(quantity="lowest reachable loss", value=floor, threshold=0.0, unit="nat"),
                Evidence(quantity="loss at the end", value=last, unit="nat"),
                Evidence(quantity="classes", value=float(classes), unit="classes"),
            ),
            remedies=(_REMEDY,),
        )

    def _by_values(self, view: View) -> Iterator[Finding]:
        calls = [
            call for call in view.train_calls
            if call["function"] == "cross_entropy" and call.get("row_min") is not None
        ]
        worst = max((call["row_sum_error"] for call in calls), default=math.inf)
        lowest = min((call["row_min"] for call in calls), default=-1.0)
        if len(calls) >= self.calls and worst <= self.row_sum and lowest >= 0:
            yield self.finding(
                f"all {len(calls)} inputs of cross-entropy that were looked at are probabilities already",
                view=view, place=view.loss_place(), confidence=Confidence.SUSPECTED,
                evidence=(Evidence(quantity="row sum − 1, largest", value=worst, threshold=self.row_sum),),
                remedies=(_REMEDY,),
            )


_REMEDY = Remedy(
    name="remove-output-activation",
    text="Give cross-entropy the scores: remove the softmax from the end of the network.",
    applicability=Applicability.SAFE,
    code="return self.head(x)   # no softmax; use logits.softmax(1) only to show probabilities",
)


def _width(node: object) -> int | None:
    shape, dim = getattr(node, "shape", None), getattr(node, "dim", None)
    return shape[dim] if shape and dim is not None and -len(shape) <= dim < len(shape) else None
