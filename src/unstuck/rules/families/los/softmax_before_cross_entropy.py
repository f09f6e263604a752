"""LOS101: soft maximum taken twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below, width
from unstuck.analysis.run.output import calls_of_head, heads, loss_at_the_end, loss_place, operation_place
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, PASS_THROUGH
from unstuck.rules.rule import Rule, threshold

_BETWEEN = PASS_THROUGH | CLAMPS


@dataclass(frozen=True)
class SoftmaxBeforeCrossEntropy(Rule[TrainingView]):
    """Cross-entropy is given probabilities, and takes the soft maximum of them once more.

    ## What it measures

    Whether the input of `cross_entropy` comes out of a soft maximum, by the autograd graph; where the graph does
    not show it (compiled models, a soft maximum written by hand), whether every row of it is non-negative and
    sums to one.

    ## Why it hurts

    Scores between 0 and 1 can differ by 1 at most, so the second soft maximum is almost flat: with K classes the
    loss cannot fall below log(1 + (K − 1)/e), and gradients shrink as the network becomes sure.

    ## How it decides

    Only operations that move, convert or clamp values may stand between the two. Log-softmax before
    cross-entropy changes nothing and is no fault; a temperature or a factor between the two is a choice, and is
    left alone. Soft targets, segmentation maps and the logarithm of a second soft maximum count as well.

    ## Example

    ```python
    return F.softmax(self.head(x), dim=1)   # then: F.cross_entropy(output, y)
    ```

    ## Remedies

    Return the scores themselves; take the soft maximum only where probabilities are shown.

    ## Known limits

    An average of several soft maxima that goes into cross-entropy is seen by its values only.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: "the input is expected to contain the unnormalized logits".
    """

    code: ClassVar[str] = "LOS101"
    name: ClassVar[str] = "softmax-before-cross-entropy"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.on_a_floor", "given.probabilities",)

    row_sum: float = threshold(1e-3, unit="", source="float32 rounding of a sum of 1,000 probabilities")
    calls: int = threshold(3, unit="loss calls", source="fewer may sum to one by chance")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the values where the graph does not show it."""
        for head in heads(view):
            found = twice(head)
            if found is not None:
                yield self._found(view, head, *found)
                return
        yield from self._by_values(view)

    def _found(self, view: TrainingView, head: Head, outer: Node, inner: Node) -> Finding:
        classes = width(outer) or 2
        smoothing = max((float(c.get("label_smoothing") or 0) for c in calls_of_head(view, head)), default=0.0)
        floor = _floor(classes, smoothing)
        same = _same_axis(outer, inner)
        about = (
            f"no example's loss can fall below {floor:.3f}" if same
            else f"and the first was taken over axis {inner.dim}, not over the {classes} classes"
        )
        place = operation_place(view, inner)
        if place.file is None:
            place = loss_place(view, head)
        return self.finding(
            f"softmax is applied twice, here and within cross-entropy: {about}",
            view=view, place=place, used_at=loss_place(view, head), first_step=head.graph.step,
            evidence=(
                Evidence(label="lowest reachable loss of an example", value=floor, unit="nat"),
                *loss_at_the_end(view, floor),
                Evidence(label="classes", value=float(classes), unit="classes"),
            ),
            remedies=(_REMEDY,),
        )

    def _by_values(self, view: TrainingView) -> Iterator[Finding]:
        # Of a loss that is cut off from its backward (LOP108) the calls belong to no training step.
        cut_off = [call for call in view.all_calls if call.get("phase") == "other"]
        calls = [
            call for call in view.train_calls or cut_off
            if call["function"] == "cross_entropy" and call.get("row_min") is not None and call.get("classes", 0) > 1
        ]
        worst = max((call["row_sum_error"] for call in calls), default=math.inf)
        lowest = min((call["row_min"] for call in calls), default=-1.0)
        if len(calls) >= self.calls and worst <= self.row_sum and lowest >= 0:
            head = next((h for h in heads(view) if h.layer is not None and h.nodes[:1]), None)
            hidden = head is None
            made = [n for n in head.operations if n.op not in ("nll_loss", "log_softmax")] if head is not None else []
            place, loss = operation_place(view, made[0] if made else None), loss_place(view, call=calls[0])
            yield self.finding(
                f"all {len(calls)} inputs of cross-entropy that were looked at are probabilities already",
                view=view, place=place if place.file is not None else loss,
                used_at=loss if place.file is not None else None, first_step=int(calls[0]["step"]),
                confidence=Confidence.SUSPECTED if hidden else Confidence.MEASURED,
                evidence=(Evidence(label="row sum − 1, largest", value=worst, threshold=self.row_sum),),
                remedies=(_REMEDY,),
            )


def _floor(classes: int, smoothing: float) -> float:
    """The lowest loss of an example whose scores are probabilities: that of certainty, in nat.

    Smoothed labels want less than certainty. Where they ask for less than a soft maximum of certainty gives, their
    own entropy is the floor.
    """
    true, other = 1 - smoothing + smoothing / classes, smoothing / classes
    if true - other > (math.e - 1) / (math.e + classes - 1):
        return math.log(math.e + classes - 1) - true
    return -true * math.log(true) - (classes - 1) * other * math.log(other)


def twice(head: Head) -> tuple[Node, Node] | None:
    """The outer and the inner soft maximum of a head that takes two, with nothing but moves between."""
    for index, at in enumerate(head.chain):
        outer = head.node(at)
        if outer.op not in ("log_softmax", "softmax"):
            continue
        below = first_below(head, index + 1, _BETWEEN)
        inner = head.node(head.chain[below]) if below is not None else None
        if inner is not None and inner.op == "softmax" and width(inner) != 1:
            return outer, inner
    return None


def _same_axis(outer: Node, inner: Node) -> bool:
    if outer.shape is not None and outer.shape == inner.shape and outer.dim is not None and inner.dim is not None:
        return outer.dim % len(outer.shape) == inner.dim % len(outer.shape)
    return width(outer) == width(inner)


_REMEDY = Remedy(
    name="remove-output-activation",
    text="Give cross-entropy the scores: remove the softmax from the end of the network.",
    applicability=Applicability.SAFE,
    code="loss = F.cross_entropy(scores, y)   # what the last layer gives, with no softmax on it",
)
