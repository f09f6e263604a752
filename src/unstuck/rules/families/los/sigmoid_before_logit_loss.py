"""LOS102: sigmoid is applied twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.graph import Node
from unstuck.analysis.run.head import Head, node_below
from unstuck.analysis.run.output import (
    NO_HEAD,
    calls_of,
    has_readable_head,
    heads,
    loss_at_end,
    loss_place,
    operation_place,
)
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CLAMPS, CROSS_ENTROPY_BINARY, PASS_THROUGH
from unstuck.rules.rule import Rule, TooLittle, threshold

_BETWEEN = PASS_THROUGH | CLAMPS | {"neg"}
_WITH_SIGMOID = ("binary_cross_entropy_with_logits", "log_sigmoid", "sigmoid", "soft_margin_loss")
"""operations that apply a sigmoid"""


@dataclass(frozen=True)
class SigmoidBeforeLogitLoss(Rule[TrainingView]):
    """A loss that applies a sigmoid itself is given the output of a sigmoid.

    ## What it measures

    The autograd graph: whether the input of `binary_cross_entropy_with_logits` (or of `multilabel_soft_margin_loss`,
    of a log-sigmoid, of a second sigmoid) is the output of a sigmoid. Where the graph is hidden (compiled models), the
    values: whether every input lies between 0 and 1.

    ## Why it hurts

    The sigmoid of a number between 0 and 1 lies between 0.5 and 0.731, so the network cannot predict "no". A positive
    example costs at least 0.313, a negative one at least 0.693.

    ## How it decides

    Between the two sigmoids there are only operations that move, convert, negate or clamp values. A factor between
    them is taken as intended.

    ## Example

    ```python
    return torch.sigmoid(self.head(x))   # then: nn.BCEWithLogitsLoss()(output, y)
    ```

    ## Remedies

    Return the logits, or use `BCELoss` instead. Logits are numerically more stable.

    ## Known limits

    Inside `torch.compile` only the values can be measured, and the finding is a *suspected* warning.

    ## References

    PyTorch documentation, `torch.nn.BCEWithLogitsLoss`: it "combines a Sigmoid layer and the BCELoss in one single
    class".
    """

    code: ClassVar[str] = "LOS102"
    name: ClassVar[str] = "sigmoid-before-logit-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.on_a_floor", "loss_inputs.probabilities",)

    elements: int = threshold(
        256, unit="outputs", source="with more outputs it is unlikely that all logits lie in [0, 1] by chance"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the graph; by the values where there is no graph to read."""
        for head in heads(view):
            inner = _inner_sigmoid(head)
            if inner is not None:
                yield self._by_graph(view, head, inner)
                return
        if not has_readable_head(view):
            yield from self._by_values(view)

    def _by_graph(self, view: TrainingView, head: Head, inner: Node) -> Finding:
        counts = [call.positive for call in calls_of(view, *CROSS_ENTROPY_BINARY) if call.positive is not None]
        of = sum(count.of for count in counts)
        share = sum(count.labels for count in counts) / of if of else 0.5
        floor = share * math.log1p(math.exp(-1.0)) + (1 - share) * math.log(2.0)
        loss, place = loss_place(view, head), operation_place(view, inner)
        return self.finding(
            f"sigmoid is applied twice, here and inside the loss: probabilities lie between 0.5 and 0.731, and the "
            f"mean loss of these targets cannot fall below {floor:.3f} (unweighted)",
            view=view, place=place if place.file is not None else loss, used_at=loss, first_step=head.graph.step,
            evidence=(
                Evidence(key="lowest_reachable_loss", label="lowest reachable mean loss, unweighted", value=floor,
                         unit="nat"),
                *loss_at_end(view, floor),
                Evidence(key="positive_share", label="share of positive targets", value=share, unit="share"),
            ),
            remedies=(_REMEDY,),
        )

    def _by_values(self, view: TrainingView) -> Iterator[Finding]:
        calls = calls_of(view, "binary_cross_entropy_with_logits")
        if not calls:
            if not view.train_calls:
                raise TooLittle(NO_HEAD)
            return
        inputs = [call.input for call in calls if call.input.min is not None and call.input.max is not None]
        low = min((tensor.min for tensor in inputs if tensor.min is not None), default=0.0)
        high = max((tensor.max for tensor in inputs if tensor.max is not None), default=1.0)
        if low < 0.0 or high > 1.0:
            return
        num_outputs = sum(math.prod(shape_of(tensor)) for tensor in inputs)
        if num_outputs < self.elements:
            raise TooLittle(f"{self.elements} sampled inputs of binary_cross_entropy_with_logits")
        yield self.finding(
            f"all {num_outputs} sampled inputs of binary_cross_entropy_with_logits lie between 0 and 1",
            view=view, place=loss_place(view, call=calls[0]), severity=Severity.WARNING,
            confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="smallest_input", label="smallest input of the loss", value=low, threshold=0.0),
                Evidence(key="largest_input", label="largest input of the loss", value=high, threshold=1.0),
            ),
            remedies=(_REMEDY,),
        )


def _inner_sigmoid(head: Head) -> Node | None:
    """The inner sigmoid of a head that has two, with only moves, signs or clamps between."""
    outer = [-1] if head.function in _WITH_SIGMOID else []
    outer += [index for index, node in enumerate(head.nodes) if node.op in _WITH_SIGMOID]
    for index in outer:
        inner = node_below(head, index + 1, _BETWEEN)
        if inner is not None and inner.op == "sigmoid":
            return inner
    return None


_REMEDY = Remedy(
    name="remove-output-activation",
    text="Give the loss the logits: remove the sigmoid at the end of the network.",
    applicability=Applicability.SAFE,
    code="return self.head(x)   # no sigmoid; call logits.sigmoid() only to show probabilities",
)
