"""LOS110: a loss summed over the batch, whose gradient is too long for the learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.head import reduction
from unstuck.analysis.run.output import heads, loss_place
from unstuck.analysis.run.targets import shape_of
from unstuck.analysis.run.updates import is_adaptive, momentum, rates
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.vocabulary import ELEMENTWISE_LOSSES
from unstuck.record import events
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class SummedLoss(Rule[TrainingView]):
    """The loss is summed over the batch instead of averaged, and the steps are too long for that reason.

    ## What it measures

    How many elements the loss is summed over: by the reduction of the loss function, or by the operations of a loss
    written by hand. The learning rate times that number is the rate that would make the same steps with the mean.

    ## Why it hurts

    The gradient grows with the batch: a rate that suits the mean is as many times too high as there are elements, and
    another batch size, or a shorter last batch, is another rate.

    ## How it decides

    The training diverged or learned nothing; its optimiser does not divide by the size of the gradient, and no
    gradient is clipped; the rate is a usual one, and times the number of elements it is above `highest`.

    ## Example

    ```python
    loss = ((prediction - y) ** 2).sum()   # lr=0.01 with 500 examples acts like 5
    ```

    ## Remedies

    Take the mean over the batch. Or divide the learning rate by the number of elements.

    ## Known limits

    Where a summed loss only slows the learning down, nothing is reported. A sum is right for a likelihood whose terms
    must keep their weight, as in a variational autoencoder: there the rate is chosen for it.

    ## References

    Goyal et al., Accurate, large minibatch SGD (2017), section 2.1: the rate grows with the batch.
    """

    code: ClassVar[str] = "LOS110"
    name: ClassVar[str] = "summed-loss"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("shares.rates",)

    highest: float = threshold(
        1.0, unit="rate / (1 - momentum) with the mean", source="plain SGD is used with 0.01 to 1, as OPT102 says"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """A sum, a rate that is too high for it, and a training that failed."""
        if view.status.verdict is Verdict.TOO_SHORT:
            raise TooLittle("a run long enough to show whether the network learns")
        if view.status.verdict not in (Verdict.DIVERGED, Verdict.STUCK) or is_adaptive(view.training):
            return
        if view.training.part.of(events.Clip):
            return
        terms, place = _terms(view)
        written = float(np.max(rates(view.training), initial=-math.inf))
        carried = max(1e-3, 1 - momentum(view.training))
        if terms < 2 or not math.isfinite(written) or not written / carried <= self.highest < written / carried * terms:
            return
        yield self.finding(
            f"the loss is a sum over {terms:,} elements: the learning rate of {written:.3g} acts like "
            f"{written * terms:.3g} with the mean, and the training {_ended(view)}",
            view=view, place=place, first_step=0,
            evidence=(
                Evidence(key="rate_with_mean", label="learning rate times the number of elements / (1 - momentum)",
                         value=written / carried * terms, threshold=self.highest),
                Evidence(key="rate_factor", label="elements that the loss is summed over", value=float(terms)),
            ),
            remedies=(
                _MEAN,
                Remedy(
                    name="lower-learning-rate", text=f"Or divide the learning rate by {terms:,}.",
                    applicability=Applicability.TRIAL, code=f"lr={written / terms:.2g}",
                ),
            ),
        )  # fmt: skip


def _terms(view: TrainingView) -> tuple[int, Place]:
    """How many elements the main loss is summed over, and where; 1 where it is a mean."""
    for call in view.train_calls:
        shape = shape_of(call.input if call.function in ELEMENTWISE_LOSSES else call.target)
        if call.reduction == "sum" and shape:
            return math.prod(shape), loss_place(view, call=call)
    for head in heads(view):
        if head.loss is None and not view.train_calls:
            _, factor = reduction(head)
            return round(factor), loss_place(view, head)
    return 1, Place()


def _ended(view: TrainingView) -> str:
    return "diverged" if view.status.verdict is Verdict.DIVERGED else "learned nothing"


_MEAN = Remedy(
    name="mean-loss",
    text="Take the mean over the batch.",
    applicability=Applicability.MANUAL,
    code="loss = ((prediction - y) ** 2).mean()   # or: reduction=\"mean\"",
)
