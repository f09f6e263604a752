"""CRV107: the training loss rises without bound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import MIN_STEPS, SIGMAS, WORSE_SHARE
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class DivergingLoss(Rule[TrainingView]):
    """The training loss ends above its start, or becomes NaN or infinite.

    ## What it measures

    The main training loss at its end, at its start and the baseline loss, with their standard errors, and whether the
    loss is finite.

    ## Why it hurts

    Each step makes the network worse. After NaN it learns nothing more.

    ## How it decides

    The rule fires if the last value is not finite, or if the end is above the start by three standard errors and 20 %
    and, where the baseline loss is known, 20 % above the baseline loss. A hand-written loss, whose meaning is
    unknown, must grow tenfold. Losses that do not measure progress are judged by NaN and infinity only.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=10)   # 2.3, 140, 9e4, nan
    ```

    ## Remedies

    Fix the causes that are reported with it first: a learning rate that is too high, inputs or targets in large units,
    gradients that are never cleared. If there are none, divide the learning rate by ten and clip the gradient norm.

    ## Known limits

    A loss with weights that the program changes during the run (annealing) may rise for that reason.

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
        """By the training status: diverged."""
        status = view.status
        if status.verdict is Verdict.TOO_SHORT and status.steps < MIN_STEPS:
            raise TooLittle(f"{MIN_STEPS} steps")
        if status.verdict is not Verdict.DIVERGED:
            needs_progress(view)
            return
        since = status.first_nonfinite
        if since is not None and not math.isfinite(status.last):
            message = f"the training loss is NaN or infinite from step {since} of {status.steps} on"
        elif since is not None and status.last <= (1 + self.rise) * status.first:
            message = f"the training loss is NaN or infinite at the end of {status.steps} steps, first at step {since}"
        else:
            message = f"the training loss rose from {status.first:.4g} to {status.last:.4g} in {status.steps} steps"
        yield self.finding(
            message, view=view, place=view.loss_place(), first_step=since,
            evidence=(
                Evidence(key="loss_at_end", label="loss at the end", value=status.last,
                         threshold=status.first + max(self.rise * abs(status.first), self.sigmas * status.noise)),
                Evidence(key="loss_at_start", label="loss at the start", value=status.first),
                Evidence(key="lowest_loss", label="lowest mean loss of a tenth of the run", value=status.best),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="lower-learning-rate",
    text="Divide the learning rate by ten, and clip the gradient norm while you look for the cause.",
    applicability=Applicability.TRIAL,
    code="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)   # after backward, before step",
)
