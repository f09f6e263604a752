"""LOS101: softmax is applied twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, node_below, width
from unstuck.analysis.run.output import (
    NO_HEAD,
    calls_of_head,
    has_readable_head,
    heads,
    loss_at_end,
    loss_place,
    operation_place,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, PASS_THROUGH
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle, threshold

_BETWEEN = PASS_THROUGH | CLAMPS


@dataclass(frozen=True)
class SoftmaxBeforeCrossEntropy(Rule[TrainingView]):
    """Cross-entropy is given probabilities, and applies a second softmax to them.

    ## What it measures

    The autograd graph: whether the input of `cross_entropy` is the output of a softmax. Where the graph does not show
    it (compiled models, a softmax written by hand), the values: whether every row is non-negative and sums to 1.

    ## Why it hurts

    Probabilities differ by at most 1, so the second softmax is almost uniform. With K classes the loss cannot fall
    below log(1 + (K − 1)/e), and the gradients shrink as the predictions become more confident.

    ## How it decides

    Between the two softmaxes there are only operations that move, convert or clamp values. Log-softmax before
    cross-entropy changes nothing and is not reported. A temperature or another factor between the two is taken as
    intended. Soft targets, segmentation maps and the logarithm of a second softmax count as well.

    ## Example

    ```python
    return F.softmax(self.head(x), dim=1)   # then: F.cross_entropy(output, y)
    ```

    ## Remedies

    Return the logits. Apply softmax only where you show probabilities.

    ## Known limits

    An average of several softmaxes that goes into cross-entropy is detected by its values only.

    ## References

    PyTorch documentation, `torch.nn.CrossEntropyLoss`: "the input is expected to contain the unnormalized logits".
    """

    code: ClassVar[str] = "LOS101"
    name: ClassVar[str] = "softmax-before-cross-entropy"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.on_a_floor", "loss_inputs.probabilities",)

    row_sum: float = threshold(
        1e-3, unit="distance of the row sum from 1", source="float32 rounding of a sum of 1,000 probabilities"
    )
    calls: int = threshold(3, unit="loss calls", source="the rows of fewer calls may sum to 1 by chance")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the values where the graph does not show it."""
        for head in heads(view):
            pair = both_softmaxes(head)
            if pair is not None:
                yield self._by_graph(view, head, *pair)
                return
        calls = _measured_calls(view)
        if calls and all(self._are_probabilities(call) for call in calls):
            if len(calls) >= self.calls:
                yield self._by_values(view, calls)
                return
            raise TooLittle(f"{self.calls} sampled calls of cross-entropy")
        if not calls and not has_readable_head(view) and not _uses_other_losses(view):
            raise TooLittle(NO_HEAD)

    def _are_probabilities(self, call: LossCall) -> bool:
        if call.row_sum_error is None or call.row_min is None:
            return False
        return call.row_sum_error <= self.row_sum and call.row_min >= 0

    def _by_graph(self, view: TrainingView, head: Head, outer: Node, inner: Node) -> Finding:
        classes = width(outer) or 2
        smoothing = max((call.label_smoothing or 0.0 for call in calls_of_head(view, head)), default=0.0)
        floor = _floor(classes, smoothing)
        consequence = (
            f"the loss of an example cannot fall below {floor:.3f}" if _same_axis(outer, inner)
            else f"the first softmax is over axis {inner.dim}, not over the {classes} classes"
        )
        loss, place = loss_place(view, head), operation_place(view, inner)
        return self.finding(
            f"softmax is applied twice, here and inside cross-entropy: {consequence}",
            view=view, place=place if place.file is not None else loss, used_at=loss, first_step=head.graph.step,
            evidence=(
                Evidence(key="lowest_reachable_loss", label="lowest reachable loss of an example", value=floor,
                         unit="nat"),
                *loss_at_end(view, floor),
                Evidence(key="num_classes", label="classes", value=float(classes), unit="classes"),
            ),
            remedies=(_REMEDY,),
        )

    def _by_values(self, view: TrainingView, calls: tuple[LossCall, ...]) -> Finding:
        head = next((head for head in heads(view) if head.layer is not None and head.nodes), None)
        made = [node for node in head.operations if node.op not in ("nll_loss", "log_softmax")] if head else []
        loss, place = loss_place(view, call=calls[0]), operation_place(view, made[0] if made else None)
        return self.finding(
            f"cross-entropy is given probabilities: the rows of all {len(calls)} sampled inputs sum to 1",
            view=view, place=place if place.file is not None else loss,
            used_at=loss if place.file is not None else None, first_step=calls[0].step,
            confidence=Confidence.SUSPECTED if head is None else Confidence.MEASURED,
            evidence=(
                Evidence(key="row_sum_error", label="largest distance of the row sum from 1 of the inputs",
                         value=max(call.row_sum_error or 0.0 for call in calls), threshold=self.row_sum),
            ),
            remedies=(_REMEDY,),
        )


def _measured_calls(view: TrainingView) -> tuple[LossCall, ...]:
    """Calls of cross-entropy on several classes, with measured rows."""
    # A loss that is detached from its backward (LOP108) has calls that belong to no training step.
    calls = view.train_calls or tuple(call for call in view.all_calls if call.phase == "other")
    return tuple(
        call for call in calls
        if call.function == "cross_entropy" and call.row_min is not None and (call.classes or 0) > 1
    )


def _uses_other_losses(view: TrainingView) -> bool:
    """Whether losses were called, none of them a cross-entropy on several classes."""
    calls = view.train_calls
    return bool(calls) and all(call.function != "cross_entropy" or call.classes == 1 for call in calls)


def _floor(classes: int, smoothing: float) -> float:
    """The lowest loss of an example whose logits are probabilities, in nat.

    Without label smoothing it is reached at probability 1. Smoothed labels that ask for less than softmax makes of
    that have their own entropy as the floor.
    """
    true, other = 1 - smoothing + smoothing / classes, smoothing / classes
    if true - other > (math.e - 1) / (math.e + classes - 1):
        return math.log(math.e + classes - 1) - true
    return -true * math.log(true) - (classes - 1) * other * math.log(other)


def both_softmaxes(head: Head) -> tuple[Node, Node] | None:
    """The outer and the inner softmax of a head that has two, with only moves or clamps between."""
    for index, position in enumerate(head.chain):
        outer = head.node(position)
        if outer.op not in ("log_softmax", "softmax"):
            continue
        inner = node_below(head, index + 1, _BETWEEN)
        if inner is not None and inner.op == "softmax" and width(inner) != 1:
            return outer, inner
    return None


def _same_axis(outer: Node, inner: Node) -> bool:
    if outer.shape is not None and outer.shape == inner.shape and outer.dim is not None and inner.dim is not None:
        return outer.dim % len(outer.shape) == inner.dim % len(outer.shape)
    return width(outer) == width(inner)


_REMEDY = Remedy(
    name="remove-output-activation",
    text="Give cross-entropy the logits: remove the softmax at the end of the network.",
    applicability=Applicability.SAFE,
    code="loss = F.cross_entropy(logits, y)   # logits: the output of the last layer, without softmax",
)
