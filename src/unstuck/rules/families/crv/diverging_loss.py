"""CRV107: the training loss rises without bound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import SIGMAS, WORSE_SHARE
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import ANY_CAUSE, Rule, threshold


@dataclass(frozen=True)
class DivergingLoss(Rule[TrainingView]):
    """The training loss ends above its beginning, or is no number any more.

    ## What it measures

    The main training loss at its end against its beginning and against the constant answer, with their noise;
    and whether it is finite.

    ## Why it hurts

    Each step makes the network worse than it was; after NaN nothing is learned, whatever the run still costs.

    ## How it decides

    The last value is not finite; or the end is above the beginning by three standard errors and a fifth, and by a
    fifth worse than the constant answer where that is known. A loss written by hand, whose meaning nobody tells
    us, must have grown tenfold. Losses that measure no progress are judged by NaN and infinity alone.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=10)   # 2.3, 140, 9e4, nan
    ```

    ## Remedies

    Look at the findings above it first: too high a rate, inputs or targets in large units, gradients never
    cleared. Where there are none, divide the rate by ten and clip the gradients' norm.

    ## Known limits

    A loss whose weights are changed by the script while it runs (annealing) may rise for that reason.

    ## References

    Goodfellow, Bengio, Courville: Deep Learning, chapter 8.3.1; Bengio: Practical recommendations (2012), 3.1.1.
    """

    code: ClassVar[str] = "CRV107"
    name: ClassVar[str] = "diverging-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.diverging",)
    common_in_searches: ClassVar[bool] = True

    rise: float = threshold(WORSE_SHARE, unit="share of the first loss", source="docs/log.md")
    sigmas: float = threshold(SIGMAS, unit="standard errors", source="one false alarm in 700 runs of pure noise")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the standing: diverged."""
        s = view.status
        if s.verdict is not Verdict.DIVERGED:
            return
        if s.first_nonfinite is not None and not math.isfinite(s.last):
            message = f"the training loss is not finite from step {s.first_nonfinite} of {s.steps} on"
        elif s.first_nonfinite is not None and s.last <= (1 + self.rise) * s.first:
            message = f"the training loss is no number at the end of {s.steps} steps, first at {s.first_nonfinite}"
        else:
            message = f"the training loss rose from {s.first:.4g} to {s.last:.4g} in {s.steps} steps"
        yield self.finding(
            message, view=view, place=view.loss_place(), first_step=s.first_nonfinite,
            evidence=(
                Evidence(label="loss at the end", value=s.last,
                         threshold=s.first + max(self.rise * abs(s.first), self.sigmas * s.noise)),
                Evidence(label="loss at the beginning", value=s.first),
                Evidence(label="lowest tenth of the run", value=s.best),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="lower-learning-rate",
    text="Divide the learning rate by ten, and clip the gradients' norm while you search for the cause.",
    applicability=Applicability.TRIAL,
    code="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)   # after backward, before step",
)
