"""CRV104: both losses improve, and a wide gap remains between them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.held_out import Beside, beside, gap_of, jumps
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Place, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.rules.needs_progress import needs_progress
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class UnrepresentativeTrainingData(Rule[TrainingView]):
    """The held-out loss improves with the training loss, and stays far above it.

    ## What it measures

    In the last third of the passes over held-out data: the held-out loss, and the training loss of the steps just
    before each pass.

    ## Why it hurts

    What the network learns of its training examples carries over to new ones only in part: there are too few examples,
    or they are not like those it is tested on.

    ## How it decides

    The held-out loss is above the training loss by `gap` of the baseline loss, and by `times` as much or more. It is
    not above its own lowest value by more than `turned` and its jumps: then it is overfitting (CRV103).

    ## Example

    ```python
    train, test = data[:300], data[300:]   # training loss 0.05, held-out loss 0.71 and level
    ```

    ## Remedies

    Add training examples, or augment those that there are. Compare both sets (`unstuck audit`). Weight decay, dropout
    or a smaller network narrow the gap; they help where the held-out loss falls with it.

    ## Known limits

    A gap is no fault by itself: large networks fit their training set and still do best on new data.

    ## References

    Zhang et al., *Understanding deep learning requires rethinking generalization*, 2017.
    """

    code: ClassVar[str] = "CRV104"
    name: ClassVar[str] = "unrepresentative-training-data"
    severity: ClassVar[Severity] = Severity.INFO
    explained_by: ClassVar[tuple[str, ...]] = ("CRV103",)
    needs: ClassVar[tuple[str, ...]] = ("loss", "eval_loss", "loss_call")
    figures: ClassVar[tuple[str, ...]] = ("held_out.gap",)
    common_in_searches: ClassVar[bool] = True

    passes: int = threshold(5, unit="passes", source="as CRV103")
    gap: float = threshold(0.2, unit="share of the baseline loss", source="provisional: less is usual")
    times: float = threshold(2.0, unit="held-out loss / training loss", source="provisional: less is usual")
    turned: float = threshold(0.1, unit="share of the lowest held-out loss", source="as CRV103")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The held-out curve with the widest gap."""
        needs_progress(view)
        judged = [one for one in beside(view.training) if len(one.x) >= self.passes]
        if not judged:
            raise TooLittle(f"{self.passes} passes over held-out data with the loss function of the training")
        found = [finding for one in judged if (finding := self._judge(view, one)) is not None]
        yield from sorted(found, key=lambda one: -one.number("gap"))[:1]

    def _judge(self, view: TrainingView, one: Beside) -> Finding | None:
        gap, reference = gap_of(one), view.status.reference
        if gap is None or not reference > 0:
            return None
        held_out, own = gap
        noise = jumps(one.y)
        rise = held_out - float(one.y.min())
        turned = rise > max(self.turned * float(one.y.min()), 2 * noise if math.isfinite(noise) else 0.0)
        least = max(self.gap * reference, (self.times - 1) * own)
        if held_out - own < least or held_out >= reference or turned:
            return None
        seen = one.held_out
        return self.finding(
            f"the held-out loss ends at {number(held_out)} and the training loss at {number(own)}: the gap is "
            f"{share((held_out - own) / reference)} of the baseline loss {number(reference)}, though both improve",
            view=view, place=Place(file=seen.file, line=seen.line) if seen.file else view.loss_place(),
            used_at=view.loss_place(),
            evidence=(
                Evidence(key="gap", label="held-out loss above the training loss", value=held_out - own,
                         threshold=least),
                Evidence(key="held_out_loss", label="held-out loss, last third of the passes", value=held_out),
                Evidence(key="training_loss", label="training loss of the same steps", value=own),
                Evidence(key="baseline_loss", label="baseline loss", value=reference),
            ),
            remedies=(_REMEDY,),
        )  # fmt: skip


_REMEDY = Remedy(
    name="add-training-data",
    text="Add training examples, or augment them; then weight decay, dropout or a smaller network.",
    applicability=Applicability.MANUAL,
    code="transform = v2.Compose([v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()])   # training only",
)
