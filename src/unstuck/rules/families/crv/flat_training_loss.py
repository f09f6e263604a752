"""CRV101: the training loss does not fall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.status import BETTER_SHARE, SIGMAS, falls, is_loaded
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import ANY_CAUSE, Rule, threshold


@dataclass(frozen=True)
class FlatTrainingLoss(Rule[TrainingView]):
    """The training loss ends where it began.

    ## What it measures

    The main training loss at its end (the last tenth of the run, or the last epoch where that is longer) against
    its beginning (the median of the first few values), with the noise of both.

    ## Why it hurts

    A loss that does not fall says that nothing at all is learned: wrong wiring, a rate far too low or too high,
    inputs that do not belong to the labels. It is a symptom, and more data or more epochs will not cure it.

    ## How it decides

    The end is not below the beginning by three standard errors and 2 %, it has not risen far either (that is
    CRV107), and it was not low from the start: where the constant answer's loss is known, the network is not
    better than that. Losses that measure no progress (of adversaries, of policies, with targets that the network
    makes itself) are left alone, and so is a loss so noisy that a fall could hide in it.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-7)   # 2.303 at the beginning, 2.303 at the end
    ```

    ## Remedies

    Look at the findings above it first. Where there are none, fit one batch of sixteen examples: if that fails,
    the wiring is wrong; if it works, the rate or the data is.

    ## Known limits

    A loss written by hand that begins where it can end (a network loaded from a file) is not judged.

    ## References

    Goodfellow, Bengio, Courville: Deep Learning, chapter 11.5 (debugging strategies: fit a tiny data set).
    """

    code: ClassVar[str] = "CRV101"
    name: ClassVar[str] = "flat-training-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.flat",)
    common_in_searches: ClassVar[bool] = True

    fall: float = threshold(BETTER_SHARE, unit="share of the first loss", source="docs/log.md")
    sigmas: float = threshold(SIGMAS, unit="standard errors", source="one false alarm in 700 runs of pure noise")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """By the standing: stuck, and not below its own beginning."""
        s = view.status
        if s.verdict is not Verdict.STUCK or falls(s):
            return
        if s.baseline is None and is_loaded(view.training):
            return
        noise = math.hypot(s.noise, s.first_noise)
        yield self.finding(
            f"the training loss is flat: {s.first:.4g} at the beginning, {s.last:.4g} after {s.steps} steps",
            view=view, place=view.loss_place(), first_step=0,
            evidence=(
                Evidence(label="fall of the loss", value=s.first - s.last,
                         threshold=max(self.sigmas * noise, self.fall * abs(s.first))),
                Evidence(label="loss at the beginning", value=s.first),
                Evidence(label="loss at the end", value=s.last),
                Evidence(label="standard error of the difference", value=noise),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="fit-one-batch",
    text="Train on one batch of 16 examples alone: a sound network brings its loss near zero.",
    applicability=Applicability.MANUAL,
    code="batch = next(iter(loader))   # then step on this batch 200 times",
)
