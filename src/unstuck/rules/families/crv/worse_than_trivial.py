"""CRV110: not better than the constant answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import BETTER_SHARE, not_better
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import ANY_CAUSE, Rule, threshold


@dataclass(frozen=True)
class WorseThanTrivial(Rule[TrainingView]):
    """At the end the network is no better than one that always gives the same answer.

    ## What it measures

    The training loss at its end against the loss of the constant answer to the same targets: the class
    frequencies for cross-entropy (with its class weights, smoothing and ignored labels), the mean for squared
    error, the median for absolute error, each target column by itself.

    ## Why it hurts

    The network has not used its inputs at all, however far the loss has fallen: it learned a bias.

    ## How it decides

    The targets of the sampled steps tell the constant answer and its standard error; the loss handed to `backward`
    must be a fixed multiple of the function's own mean (a sum, an accumulation). The end must be worse than
    98 % of it beyond noise, or level with it where the noise could hide less than 30 %.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.parameters(), lr=10)   # 2.31 at the end; log(10) = 2.30 for a constant
    ```

    ## Remedies

    Look at the findings above it first. Where there are none, ask whether the inputs say anything about the
    labels: fit a linear model or nearest neighbours to the same arrays.

    ## Known limits

    Not judged: losses of several terms, losses written by hand, Huber's loss, targets that the network makes itself.

    ## References

    Zinkevich: Rules of Machine Learning, rule 4; Karpathy: A Recipe for Training Neural Networks (2019), "input-
    independent baseline".
    """

    code: ClassVar[str] = "CRV110"
    name: ClassVar[str] = "worse-than-trivial"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss", "loss_call")
    figures: ClassVar[tuple[str, ...]] = ("losses.above_trivial",)
    common_in_searches: ClassVar[bool] = True

    better: float = threshold(BETTER_SHARE, unit="share of the constant answer's loss", source="docs/log.md")
    sure: float = threshold(2, unit="standard errors", source="in words only: a gain beyond chance is not denied")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Against the constant answer, where it is known."""
        s = view.status
        if s.baseline is None or not s.objective or s.verdict not in (Verdict.STUCK, Verdict.DIVERGED):
            return
        level = math.isfinite(s.last) and s.last >= (1 - self.better) * s.baseline.loss
        if not level or not not_better(s):
            return  # what is no number is told by CRV107
        how = "hardly better" if s.last < s.baseline.loss - self.sure * s.error else "no better"
        yield self.finding(
            f"the loss ends at {s.last:.4g}, {how} than {s.baseline.loss:.4g} for {s.baseline.answer}",
            view=view, place=view.loss_place(),
            evidence=(
                Evidence(label="loss at the end", value=s.last, threshold=(1 - self.better) * s.baseline.loss),
                Evidence(label="loss of the constant answer", value=s.baseline.loss),
                Evidence(label="standard error of the comparison", value=s.error),
                Evidence(label="targets seen", value=float(s.baseline.examples), unit="targets"),
            ),
            remedies=(_REMEDY,),
        )


_REMEDY = Remedy(
    name="compare-with-shallow-model",
    text="Fit a linear model to the same inputs and labels: if it fails as well, the data is at fault.",
    applicability=Applicability.MANUAL,
    code="LogisticRegression(max_iter=1000).fit(X_train, y_train).score(X_test, y_test)",
)
