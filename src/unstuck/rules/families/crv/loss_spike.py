"""CRV111: at a few steps the loss is far above that of its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.curves import epoch_length
from unstuck.analysis.run.spikes import Spike, spikes
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class LossSpike(Rule[TrainingView]):
    """The loss jumps at single steps, far out of its noise.

    ## What it measures

    The loss of each step above the median of the 20 steps around it, in baseline losses and in robust
    standard deviations; which batch of its epoch the step is, and its learning rate.

    ## Why it hurts

    A single batch with a broken example, or a step that went wrong, can throw away what was learned.

    ## How it decides

    A step is above its level by the baseline loss (or the first loss) and by `sigmas`. There are at most `most` such
    steps, and at most `share` of all: where many steps jump, that is the noise of the loss. The first `warm` steps do
    not count, and batches of fewer than `examples` are not judged.

    ## Example

    ```python
    frame.loc[417, "pressure"] = 99999      # one row: the loss jumps whenever it is in the batch
    ```

    ## Remedies

    Look at the batch of that step. Clip the norm of the gradients if the batch is sound.

    ## Known limits

    Of a long run only a part of the steps is kept, and a jump may be among the others.

    ## References

    Chowdhery et al., *PaLM: scaling language modeling with pathways*, 2022, section 5.1.
    """

    code: ClassVar[str] = "CRV111"
    name: ClassVar[str] = "loss-spike"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("OPT102", "DAT106", "DAT108")
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("spikes.highest",)
    common_in_searches: ClassVar[bool] = True

    sigmas: float = threshold(20.0, unit="standard deviations", source="provisional: normal noise reaches 5")
    most: int = threshold(30, unit="steps", source="provisional")
    share: float = threshold(0.03, unit="share of the steps", source="provisional: one batch of an epoch of 33")
    warm: int = threshold(20, unit="steps", source="the first steps move the loss by as much")
    examples: int = threshold(4, unit="examples in a batch", source="xor point by point: single points jump")
    steps: int = threshold(100, unit="steps", source="fewer do not show what is usual")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The highest step, with the number of the others."""
        needs_progress(view)
        if view.status.steps < self.steps:
            raise TooLittle(f"{self.steps} steps")
        sizes = [call.input.shape[0] for call in view.train_calls if call.input.shape]
        if sizes and float(np.median(sizes)) < self.examples:
            raise TooLittle(f"batches of {self.examples} examples: single ones are hard or easy")
        first = int(view.training.losses[0].index[0]) if view.training.losses else 0
        found = [one for one in spikes(view.training) if one.sigmas >= self.sigmas]
        late = [one for one in found if one.step - first >= self.warm]
        if not late or len(found) > min(self.most, self.share * view.status.steps):
            return
        yield self._finding(view, late, first)

    def _finding(self, view: TrainingView, found: list[Spike], first: int) -> Finding:
        one, length = found[0], epoch_length(view.training)
        where = ""
        if length is not None and length >= 2:
            epoch, batch = divmod(one.step - first, round(length))
            where = f" (epoch {epoch + 1}, batch {batch + 1})"
        others = f"; {count(len(found) - 1, 'other step')} like it" if len(found) > 1 else ""
        rate = f", at a learning rate of {number(one.rate)}" if one.rate is not None else ""
        return self.finding(
            f"the loss jumps from {number(one.level)} to {number(one.value)} at step {one.step}{where}{rate}{others}",
            view=view, place=view.loss_place(), first_step=min(spike.step for spike in found),
            evidence=(
                Evidence(key="spike_loss", label="loss of the highest step", value=one.value),
                Evidence(key="spike_level", label="median of the steps around it", value=one.level),
                Evidence(key="spike_sigmas", label="standard deviations above it", value=one.sigmas,
                         threshold=self.sigmas),
                Evidence(key="spikes", label="such steps", value=float(len(found)), unit="steps"),
            ),
            remedies=(_LOOK,),
        )  # fmt: skip


_LOOK = Remedy(
    name="look-at-batch", text="Look at the examples of that batch; clip the gradients if they are sound.",
    applicability=Applicability.MANUAL,
    code="if loss.item() > 10 * usual: torch.save((inputs, labels), 'batch.pt')",
)  # fmt: skip
