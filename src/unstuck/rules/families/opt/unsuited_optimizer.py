"""OPT110: another optimiser learns what this one does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.trials import learned, sole_cure, told
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule

CODE = {
    "adam": "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
    "adamw": "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)",
    "sgd": "optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)",
}
"""the optimisers of the panel, as they were tried"""


@dataclass(frozen=True)
class UnsuitedOptimizer(Rule[TrainingView]):
    """With another optimiser the same network learns, and with this one at no rate.

    ## What it measures

    The share of the constant answer's loss that the network takes away, with the script's own optimiser at rates from a
    hundredth to a hundred times its own, and with Adam and SGD with momentum at their usual rates: branches of the run
    itself, each pair from the same start.

    ## Why it hurts

    Plain gradient descent takes the same step in every direction. Where the loss is a thousand times steeper in one
    than in another, any rate that does not diverge in the steep one stands still in the flat one.

    ## How it decides

    The run has hardly learned; the other optimiser alone learns most of what there is, in three pairs; and no other
    change that was tried, a change of the rate among them, does as well.

    ## Example

    ```python
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)   # features of very different scale
    ```

    ## Remedies

    Take the optimiser that was tried, or remove what makes the problem badly scaled: standardise the inputs, normalise
    between layers.

    ## Known limits

    Only experiments look (`unstuck verify`). That Adam helps does not say what is badly scaled.

    ## References

    Kingma and Ba: Adam (2015); Goodfellow, Bengio, Courville: Deep Learning (2016), 8.2.1 (ill-conditioning).
    """

    code: ClassVar[str] = "OPT110"
    name: ClassVar[str] = "unsuited-optimizer"
    severity: ClassVar[Severity] = Severity.INFO
    needs: ClassVar[tuple[str, ...]] = ("loss", "optimizer", "experiment")
    figures: ClassVar[tuple[str, ...]] = ("tried.with_the_change",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The optimiser is the one change that helps."""
        cure = sole_cure(view, "optimiser")
        if cure is None or cure.shown is None:
            return
        own = str(view.training.optimizers[0].get("class"))
        yield self.finding(
            f"{own} takes {learned(cure.shown.control)} of the constant answer's loss away, {cure.title} "
            f"{learned(cure.shown.treated)}, and no other change does as well",
            view=view, place=view.optimizer_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=told(cure),
            remedies=(Remedy(
                name="change-optimiser", text=f"Take the optimiser that was tried: {cure.title}.",
                applicability=Applicability.TRIAL, code=CODE.get(str(cure.settings.get("kind")), CODE["adam"]),
            ),),
        )  # fmt: skip
