"""NUM102: 16-bit numbers swallow updates or gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.rounding import EPSILON, Rounding, rounding_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class PrecisionLoss(Rule[TrainingView]):
    """Weights or gradients are kept in 16 bits, and what the training adds to them is rounded away.

    ## What it measures

    At the sampled steps, in networks whose numbers have 16 bits: the share of the weights that have a gradient and are
    not changed by the step, and the share of the gradient that is exactly zero.

    ## Why it hurts

    Between 1 and 2, bfloat16 has 128 numbers. A change of less than a 256th of a weight is rounded to no change, in
    every step, however many follow. In float16 a gradient below 6e-8 is zero.

    ## How it decides

    Weights of 16 bits: a step leaves `lost` or more of the weights that have a gradient as they were. Autocast to
    float16 without a gradient scaler: `empty` or more of the gradient is exactly zero.

    ## Example

    ```python
    model = Net().to(torch.bfloat16)                          # weights too, not the operations alone
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
    ```

    ## Remedies

    Keep the weights in 32 bits and compute in 16 under `torch.autocast`; with float16 use `torch.amp.GradScaler`.

    ## Known limits

    An optimiser that rounds at random or keeps the lost part (Kahan summation) loses nothing in the mean; it is not
    recognised. Networks whose outputs are cast to 32 bits before the loss are known by their inputs alone.

    ## References

    Micikevicius et al., *Mixed precision training*, 2018; Zamirai et al., *Revisiting BFloat16 training*, 2020.
    """

    code: ClassVar[str] = "NUM102"
    name: ClassVar[str] = "precision-loss"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "gradient", "update")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    lost: float = threshold(0.65, unit="share of the weights", source="bfloat16, Adam: 0.45 with 1e-3, 0.79 with 1e-4")
    empty: float = threshold(0.5, unit="share of the gradient", source="dead units: 0.16 to 0.23; underflow: 1")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Updates that are rounded away, then gradients that are."""
        found = rounding_of(view.training)
        if found is None:
            return
        if not found.autocast and found.lost >= self.lost:
            yield self._updates(view, found)
        elif found.autocast and found.dtype == "float16" and not found.scaled and found.empty >= self.empty:
            yield self._gradients(view, found)

    def _updates(self, view: TrainingView, found: Rounding) -> Finding:
        return self.finding(
            f"a step leaves {words.share(found.lost)} of the weights that have a gradient unchanged: they are "
            f"{found.dtype}, a change of less than {words.number(EPSILON[found.dtype])} of a weight is rounded away, "
            f"and updates are {words.number(found.relative_update)} × the weight norm",
            view=view, place=view.optimizer_place(), used_at=view.module_place(found.layer),
            evidence=(
                Evidence(key="lost_share", label="weights with a gradient that a step leaves unchanged",
                         value=found.lost, threshold=self.lost, unit="share"),
                Evidence(key="relative_update", label="relative update, median", value=found.relative_update),
            ),
            remedies=(_MIXED,),
        )  # fmt: skip

    def _gradients(self, view: TrainingView, found: Rounding) -> Finding:
        return self.finding(
            f"{words.share(found.empty)} of the gradient is exactly zero under autocast to float16, and no gradient "
            "scaler is used: what is below 6e-8 is lost",
            view=view, place=view.loss_place(), used_at=view.module_place(found.layer),
            evidence=(
                Evidence(key="empty_gradient", label="elements of the gradient that are zero", value=found.empty,
                         threshold=self.empty, unit="share"),
            ),
            remedies=(_SCALER, _FULL),
        )  # fmt: skip


_MIXED = Remedy(
    name="mixed-precision", text="Keep the weights in 32 bits, and compute in 16.", applicability=Applicability.MANUAL,
    code="model = Net()                                   # float32\n"
    'with torch.autocast("cuda", dtype=torch.bfloat16):\n    loss = criterion(model(x), y)',
)  # fmt: skip
_SCALER = Remedy(
    name="scale-loss", text="Scale the loss before backward, so that small gradients are numbers.",
    applicability=Applicability.MANUAL,
    code="scaler = torch.amp.GradScaler()\nscaler.scale(loss).backward()\nscaler.step(optimizer)\nscaler.update()",
)  # fmt: skip
_FULL = Remedy(
    name="full-precision", text="Compute in single precision.", applicability=Applicability.TRIAL,
    code="with torch.autocast('cuda', enabled=False):\n    loss = criterion(model(x), y)",
)  # fmt: skip
