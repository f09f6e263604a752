"""CRV110: the loss is no better than the baseline loss."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import BETTER_SHARE, not_better
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class WorseThanTrivial(Rule[TrainingView]):
    """The trained network is no better than a constant prediction.

    ## What it measures

    The training loss at its end and the baseline loss: the loss of the best constant prediction for the same targets.
    That is the class frequencies for cross-entropy (with class weights, label smoothing and ignored labels), the mean
    for squared error and the median for absolute error. Each target column counts separately.

    ## Why it hurts

    The network makes no use of its inputs, however far the loss has fallen. It has learned a bias.

    ## How it decides

    The baseline loss and its standard error come from the targets of the sampled steps. The loss that is passed to
    `backward` must be a fixed multiple of the loss function's mean (a sum, an accumulation). The rule fires if the
    end is worse than 98 % of the baseline loss beyond noise, or level with it where the noise hides less than 30 %.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=10)   # 2.31 at the end; the baseline loss is log(10) = 2.30
    ```

    ## Remedies

    Fix the causes that are reported with it first. If there are none, test whether the inputs predict the labels: fit
    a linear model or nearest neighbours to the same arrays.

    ## Known limits

    Not judged: losses of several terms, hand-written losses, Huber's loss, and targets that the network makes.

    ## References

    Zinkevich: Rules of Machine Learning, rule 4; Karpathy: A Recipe for Training Neural Networks (2019), "input-
    independent baseline".
    """

    code: ClassVar[str] = "CRV110"
    name: ClassVar[str] = "worse-than-trivial"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss", "loss_call")
    figures: ClassVar[tuple[str, ...]] = ("losses.above_baseline",)
    common_in_searches: ClassVar[bool] = True

    better: float = threshold(BETTER_SHARE, unit="share of the baseline loss", source="docs/log.md")
    sure: float = threshold(2, unit="standard errors", source="wording only: an improvement beyond chance is stated")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Against the baseline loss, where it is known."""
        status = view.status
        needs_progress(view)
        baseline = status.baseline
        if baseline is None:
            raise TooLittle("a known baseline loss")
        if status.verdict is Verdict.TOO_SHORT:
            raise TooLittle("more steps, or a loss with less noise")
        if status.verdict not in (Verdict.STUCK, Verdict.DIVERGED):
            return
        bar = (1 - self.better) * baseline.loss
        if not (math.isfinite(status.last) and status.last >= bar) or not not_better(status):
            return  # CRV107 reports a loss that is not finite
        comparison = "hardly better" if status.last < baseline.loss - self.sure * status.error else "no better"
        yield self.finding(
            f"the loss ends at {status.last:.4g}, {comparison} than the baseline loss of {baseline.loss:.4g} "
            f"({baseline.answer})",
            view=view, place=view.loss_place(),
            evidence=(
                Evidence(key="loss_at_end", label="loss at the end", value=status.last, threshold=bar),
                Evidence(key="baseline_loss", label="baseline loss", value=baseline.loss),
                Evidence(key="standard_error", label="standard error of the comparison", value=status.error),
                Evidence(key="num_targets", label="sampled targets", value=float(baseline.examples), unit="targets"),
            ),
            remedies=(_REMEDY,),
        )


_REMEDY = Remedy(
    name="compare-with-shallow-model",
    text="Fit a linear model to the same inputs and labels. If it fails too, the data is at fault.",
    applicability=Applicability.MANUAL,
    code="LogisticRegression(max_iter=1000).fit(X_train, y_train).score(X_test, y_test)",
)
