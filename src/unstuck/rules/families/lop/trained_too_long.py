"""LOP112: the held-out loss was lowest long before the end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import Evaluation, epoch_length, evaluations, same_kind
from unstuck.analysis.run.held_out import jumps
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class TrainedTooLong(Rule[TrainingView]):
    """The held-out loss has been rising since a step long before the end: early stopping would have kept that one.

    ## What it measures

    The held-out loss at each evaluation, smoothed over three: where it is lowest, how much of the run lies behind that,
    and how far it has risen since.

    ## Why it hurts

    The rest of the run costs time and makes the network worse on new data.

    ## How it decides

    At least `evaluations` of the loss that is trained. The lowest lies before `before` of the run and below the first
    one by `rise` of it. The loss at the end is above it by as much or more, and by `sigmas` times what it has jumped
    from evaluation to evaluation since.

    ## Example

    ```python
    for epoch in range(100):   # held-out loss 0.41 after epoch 18, 0.47 after epoch 100
    ```

    ## Remedies

    Keep the weights with the lowest held-out loss, and stop when it has not fallen for some evaluations.

    ## Known limits

    The held-out loss may rise while the accuracy still grows. Whether the program kept its best weights is not known.

    ## References

    Prechelt, *Early stopping, but when?*, 1998.
    """

    code: ClassVar[str] = "LOP112"
    name: ClassVar[str] = "trained-too-long"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("CRV103",)
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss")
    figures: ClassVar[tuple[str, ...]] = ("held_out_minimum.overfitting",)
    common_in_searches: ClassVar[bool] = True

    evaluations: int = threshold(8, unit="evaluations", source="fewer do not tell a turn from a jump")
    before: float = threshold(0.6, unit="share of the run", source="the patience of early stopping is shorter")
    rise: float = threshold(0.05, unit="share of the lowest loss", source="provisional: less changes no decision")
    sigmas: float = threshold(4.0, unit="times its jumps", source="as CRV103")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out loss that rises most."""
        needs_progress(view)
        loss = view.training.loss
        found = [
            one for one in evaluations(view.training)
            if not one.trained_on and loss is not None and same_kind(one.function, loss.function)
            and int(np.isfinite(one.y).sum()) >= self.evaluations
        ]  # fmt: skip
        if not found:
            raise TooLittle(f"{self.evaluations} evaluations of the same loss on held-out data")
        findings = [finding for one in found if (finding := self._judge(view, one)) is not None]
        yield from sorted(findings, key=lambda one: -one.number("held_out_rise"))[:1]

    def _judge(self, view: TrainingView, one: Evaluation) -> Finding | None:
        finite = np.isfinite(one.y)
        x, y = one.x[finite], one.y[finite]
        padded = np.concatenate((y[:1], y, y[-1:]))
        smooth = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
        at = int(np.argmin(smooth))
        lowest, end = float(smooth[at]), float(np.median(y[-3:]))
        rise, noise = end - lowest, jumps(y[at:])
        done = (x[at] - x[0]) / (x[-1] - x[0]) if x[-1] > x[0] else 1.0
        bar = max(self.rise * abs(lowest), self.sigmas * noise)
        if not math.isfinite(bar) or done > self.before or rise <= bar or lowest <= 0:
            return None
        if float(y[0]) - lowest < self.rise * lowest:  # it has not learned anything that could be lost
            return None
        step, length = int(x[at]), epoch_length(view.training)
        epoch = f" (epoch {max(1, round(step / length))})" if length is not None else ""
        rest = int(x[-1]) - step
        return self.finding(
            f"the held-out loss was lowest at step {step}{epoch} with {number(lowest)}, and is {number(end)} at the "
            f"end: the last {count(rest, 'step')}, {share(1 - done)} of the run, made it worse",
            view=view, place=Place(file=one.file, line=one.line) if one.file else view.loss_place(),
            used_at=view.loss_place(), first_step=step,
            evidence=(
                Evidence(key="held_out_rise", label="rise of the held-out loss", value=rise, threshold=bar),
                Evidence(key="lowest_held_out_loss", label="lowest held-out loss", value=lowest),
                Evidence(key="held_out_loss_at_end", label="held-out loss at the end", value=end),
                Evidence(key="turning_step", label="step of the lowest held-out loss", value=float(step)),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="stop-at-lowest-held-out-loss",
    text="Keep the weights with the lowest held-out loss, and stop when it has not fallen for several evaluations.",
    applicability=Applicability.MANUAL,
    code="if held_out < best: best, state = held_out, copy.deepcopy(model.state_dict())",
)
