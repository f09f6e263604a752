"""LOS102: sigmoid taken twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, first_below
from unstuck.analysis.run.output import calls_of, heads, loss_at_the_end, loss_place, operation_place
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, CROSS_ENTROPY_BINARY, PASS_THROUGH
from unstuck.rules.rule import Rule, threshold

_BETWEEN = PASS_THROUGH | CLAMPS | {"neg"}
_SQUASHING = ("binary_cross_entropy_with_logits", "log_sigmoid", "sigmoid", "soft_margin_loss")


@dataclass(frozen=True)
class SigmoidBeforeLogitLoss(Rule[TrainingView]):
    """A loss that takes the sigmoid itself is given the output of a sigmoid.

    ## What it measures

    Whether the input of `binary_cross_entropy_with_logits` (or of `multilabel_soft_margin_loss`, of a log-sigmoid,
    of a second sigmoid) comes out of a sigmoid, by the autograd graph; where the graph is hidden (compiled
    models), whether every input lies between 0 and 1.

    ## Why it hurts

    The sigmoid of a number between 0 and 1 lies between 0.5 and 0.731: the network can never say "no", and a
    positive example costs 0.313 at best, a negative one 0.693.

    ## How it decides

    Only operations that move, convert or clamp values may stand between the two. A factor between them is a
    choice, and is left alone.

    ## Example

    ```python
    return torch.sigmoid(self.head(x))   # then: nn.BCEWithLogitsLoss()(output, y)
    ```

    ## Remedies

    Return the scores themselves, or exchange the loss for `BCELoss`; the former is the stabler one.

    ## Known limits

    Inside `torch.compile` only the values are seen, and the finding is a *suspected* warning.

    ## References

    PyTorch documentation, `torch.nn.BCEWithLogitsLoss`: it "combines a Sigmoid layer and the BCELoss in one
    single class".
    """

    code: ClassVar[str] = "LOS102"
    name: ClassVar[str] = "sigmoid-before-logit-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.on_a_floor", "given.probabilities",)

    elements: int = threshold(
        256, unit="outputs", source="scores of a trained network all lie in [0, 1] by chance ever more seldom"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the values where there is no graph to read."""
        readable = False
        for head in heads(view):
            inner = _twice(head)
            if inner is not None:
                yield self._found(view, head, inner)
                return
            readable = readable or head.layer is not None
        if not readable:
            yield from self._by_values(view)

    def _found(self, view: TrainingView, head: Head, inner: Node) -> Finding:
        told = [call["positive"] for call in calls_of(view, *CROSS_ENTROPY_BINARY) if call.get("positive")]
        of = sum(one["of"] for one in told)
        share = sum(one["labels"] for one in told) / of if of else 0.5
        floor = share * math.log1p(math.exp(-1.0)) + (1 - share) * math.log(2.0)
        place = operation_place(view, inner)
        if place.file is None:
            place = loss_place(view, head)
        return self.finding(
            f"the loss takes the sigmoid of a sigmoid: answers lie between 0.5 and 0.731, the mean loss "
            f"of these targets cannot fall below {floor:.3f} (unweighted)",
            view=view, place=place, used_at=loss_place(view, head), first_step=head.graph.step,
            evidence=(
                Evidence(label="lowest reachable mean loss, unweighted", value=floor, unit="nat"),
                *loss_at_the_end(view, floor),
                Evidence(label="share of positive targets", value=share),
            ),
            remedies=(_REMEDY,),
        )

    def _by_values(self, view: TrainingView) -> Iterator[Finding]:
        calls = [
            call for call in calls_of(view, "binary_cross_entropy_with_logits")
            if call["input"].get("min") is not None
        ]
        low = min((call["input"]["min"] for call in calls), default=-1.0)
        high = max((call["input"]["max"] for call in calls), default=2.0)
        of = sum(math.prod(call["input"]["shape"]) for call in calls)
        if of >= self.elements and low >= 0.0 and high <= 1.0:
            yield self.finding(
                f"all {of} inputs of binary_cross_entropy_with_logits that were looked at lie between 0 and 1",
                view=view, place=loss_place(view, call=calls[0]), severity=Severity.WARNING,
                confidence=Confidence.SUSPECTED,
                evidence=(
                    Evidence(label="smallest input", value=low, threshold=0.0),
                    Evidence(label="largest input", value=high, threshold=1.0),
                ),
                remedies=(_REMEDY,),
            )


def _twice(head: Head) -> Node | None:
    """The inner sigmoid of a head that takes two, with nothing but moves between."""
    outer = [-1] if head.function in _SQUASHING else []
    outer += [index for index, node in enumerate(head.nodes) if node.op in _SQUASHING]
    for index in outer:
        below = first_below(head, index + 1, _BETWEEN)
        inner = head.node(head.chain[below]) if below is not None else None
        if inner is not None and inner.op == "sigmoid":
            return inner
    return None


_REMEDY = Remedy(
    name="remove-output-activation",
    text="Give the loss the scores: remove the sigmoid from the end of the network.",
    applicability=Applicability.SAFE,
    code="return self.head(x)   # no sigmoid; use logits.sigmoid() only to show probabilities",
)
