"""CRV109: the loss stopped improving long before the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import Curve, curve_of, epoch_length, evaluations, line, over_epochs, same_kind
from unstuck.analysis.run.plateau import FALL, SIGMAS, plateau
from unstuck.analysis.run.view import TrainingView
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import ANY_CAUSE, Rule, TooLittle, threshold


@dataclass(frozen=True)
class Plateau(Rule[TrainingView]):
    """The loss fell, and has been level for most of the run.

    ## What it measures

    The means of the training loss in equal stretches of the run, and of its epochs where there are enough. A stretch
    stands at the level of the end if it is above it by less than 2 % of that level, or than three standard deviations
    of single stretches.

    ## Why it hurts

    The steps since then cost time and gain nothing: a change of the learning rate, the network or the data could.

    ## How it decides

    All stretches since a step stand at that level, there is no trend among them, and they are `most` of the run or
    more. The level is `left` of the baseline loss (of the first loss) or more: below that the network has learned what
    there is. A held-out loss that still falls, or a loss that never fell (CRV101), is not reported here.

    ## Example

    ```python
    for epoch in range(200):   # 0.412 after epoch 30, 0.411 after epoch 200
    ```

    ## Remedies

    Lower the learning rate at that step: if the loss falls, the steps were too long. If it does not, and the loss is
    not good enough, the network or its inputs limit it.

    ## Known limits

    Whether the level is as low as it can be is not known. Some networks fall again after a long plateau.

    ## References

    Goodfellow, Bengio, Courville, *Deep Learning*, section 8.2.2.
    """

    code: ClassVar[str] = "CRV109"
    name: ClassVar[str] = "plateau"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = (ANY_CAUSE,)
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("plateau.level",)
    common_in_searches: ClassVar[bool] = True

    steps: int = threshold(200, unit="steps", source="fewer are over soon")
    most: float = threshold(0.75, unit="share of the run", source="provisional: more than the patience of a schedule")
    left: float = threshold(0.1, unit="share of the baseline loss", source="provisional: less is learned")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The training loss, beside what is held out."""
        if view.record.running:
            raise TooLittle("the end of the run")
        needs_progress(view)
        loss, status = view.training.loss, view.status
        if loss is None or status.steps < self.steps:
            raise TooLittle(f"{self.steps} steps")
        if status.verdict in (Verdict.STUCK, Verdict.DIVERGED) or self._held_out_falls(view):
            return
        whole = curve_of(view.training, loss)
        x, y = over_epochs(view.training, whole)
        found = plateau(Curve(x, y, whole.steps))
        if found is None or found.share < self.most or not found.level > self.left * status.reference:
            return
        step, length = int(found.since), epoch_length(view.training)
        epoch = f" (epoch {max(1, round(step / length))})" if length is not None else ""
        yield self.finding(
            f"the training loss has been level since step {step}{epoch}, at {number(found.level)}: the last "
            f"{count(found.steps, 'step')}, {share(found.share)} of the run, did not lower it",
            view=view, place=view.loss_place(), first_step=step,
            evidence=(
                Evidence(key="level_share", label="share of the run at the level of the end", value=found.share,
                         threshold=self.most),
                Evidence(key="level", label="level of the training loss", value=found.level),
                Evidence(key="fall", label="fall of the loss until then", value=found.fall),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip

    def _held_out_falls(self, view: TrainingView) -> bool:
        """Whether a held-out loss of the same kind fell in the last half of its values."""
        loss = view.training.loss
        for one in evaluations(view.training):
            if loss is None or one.trained_on or not same_kind(one.function, loss.function):
                continue
            y = one.y[np.isfinite(one.y)]
            late = y[len(y) // 2 :]
            trend = line(np.arange(len(late), dtype=float), late)
            if len(late) >= 4 and -trend.change > max(SIGMAS * trend.error, FALL * abs(float(late.mean()))):
                return True
        return False


_REMEDY = Remedy(
    name="lower-rate-on-plateau",
    text="Lower the learning rate where the loss becomes level, and stop when that no longer helps.",
    applicability=Applicability.MANUAL,
    code="scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.3)",
)
