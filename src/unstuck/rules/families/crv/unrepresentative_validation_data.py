"""CRV105: the held-out curve jumps around the training curve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.held_out import Beside, beside, between, jumps, of_a_batch
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class UnrepresentativeValidationData(Rule[TrainingView]):
    """The held-out loss jumps from pass to pass, and the training loss does not.

    ## What it measures

    In the last two thirds of the passes over held-out data: by how much the loss jumps from one pass to the next
    about its trend, as a share of its level; the same of the training loss between the passes, and of single batches.

    ## Why it hurts

    The best epoch, early stopping and every comparison of two runs follow the jumps and not the network.

    ## How it decides

    The jumps are at least `jump` of the level. Either the set has `few` examples at most, and the training loss jumps
    `calm` times less; or the jumps are `beyond` times what single batches show (of as many examples, if the held-out
    set is smaller than a batch): neither its size nor moving weights explain that.

    ## Example

    ```python
    val = Subset(data, range(12))   # 12 examples: the held-out loss jumps by 30 % from epoch to epoch
    ```

    ## Remedies

    Hold out more examples. If there are many, look for chance in the evaluation: dropout or augmentation that is still
    active, another subset in each pass, running statistics of few batches.

    ## Known limits

    Judged are means of losses that count all examples alike. A learning rate so high that the weights jump moves few
    held-out examples as well.

    ## References

    Bengio and Grandvalet, *No Unbiased Estimator of the Variance of K-Fold Cross-Validation*, 2004.
    """

    code: ClassVar[str] = "CRV105"
    name: ClassVar[str] = "unrepresentative-validation-data"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("SPL106",)
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss", "loss_call")
    figures: ClassVar[tuple[str, ...]] = ("held_out.jumping",)
    common_in_searches: ClassVar[bool] = True

    passes: int = threshold(10, unit="passes", source="fewer do not tell a jump from a trend")
    jump: float = threshold(0.1, unit="share of the held-out loss", source="less changes no decision")
    few: int = threshold(96, unit="examples", source="an accuracy on them is known to ± 10 %, as in SPL106")
    calm: float = threshold(3.0, unit="times", source="the jumps of ten values are known to a third")
    beyond: float = threshold(2.0, unit="times", source="the scatter of batches contains that of moving weights")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out curve that jumps most."""
        needs_progress(view)
        judged = [one for one in beside(view.training) if len(one.x) >= self.passes]
        if not judged:
            raise TooLittle(f"{self.passes} passes over held-out data with the loss function of the training")
        found = [finding for one in judged if (finding := self._judge(view, one)) is not None]
        yield from sorted(found, key=lambda one: -one.number("jump"))[:1]

    def _judge(self, view: TrainingView, one: Beside) -> Finding | None:
        late = slice(len(one.x) // 3, None)
        x, y = one.x[late], one.y[late]
        single, own = of_a_batch(one.curve, x), between(one.curve, x)
        own = own[np.isfinite(own)]
        level = float(np.mean(y))
        if not (level > 0 and single.value > 0 and len(own) > 3 and float(own.mean()) > 0):
            return None
        jump, calm = jumps(y) / level, jumps(own) / float(own.mean())
        explained = single.scatter / single.value * math.sqrt(max(1.0, one.batch / one.rows))
        small = one.rows <= self.few and jump >= self.calm * calm
        if jump < self.jump or not (small or jump >= self.beyond * explained):
            return None
        why = "" if small else f", more than {words.count(min(one.rows, one.batch), 'example')} explain"
        held_out = one.held_out
        return self.finding(
            f"the loss of {words.count(one.rows, 'held-out example')} jumps by {words.share(jump)} from pass to pass"
            f"{why}; the training loss jumps by {words.share(calm)}",
            view=view, place=Place(file=held_out.file, line=held_out.line) if held_out.file else view.loss_place(),
            used_at=view.loss_place(),
            evidence=(
                Evidence(key="jump", label="jumps of the held-out loss, share of it", value=jump, threshold=self.jump),
                Evidence(key="training_jump", label="jumps of the training loss between the passes", value=calm),
                Evidence(key="batch_scatter", label="what so many examples explain", value=explained),
                Evidence(key="rows", label="held-out examples", value=float(one.rows), threshold=float(self.few)),
                Evidence(key="passes", label="passes that were looked at", value=float(len(y))),
            ),
            remedies=(_MORE if small else _CALM,),
        )  # fmt: skip


_MORE = Remedy(
    name="hold-out-more",
    text="Hold out more examples, or use cross-validation: then every example is held out once.",
    applicability=Applicability.MANUAL,
    code="train, val = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(0))",
)
_CALM = Remedy(
    name="evaluate-without-chance",
    text="Evaluate the same examples in every pass, in evaluation mode, without random transforms.",
    applicability=Applicability.MANUAL,
    code="model.eval()   # before each pass over held-out data; model.train() after it",
)
