"""OPT109: batches of another size learn what these do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.trials import learned, sole_cure, told
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule


@dataclass(frozen=True)
class UnsuitedBatchSize(Rule[TrainingView]):
    """With batches of another size the same network learns in as many steps.

    ## What it measures

    The share of the constant answer's loss that the network takes away, with the script's own batches and with larger
    and smaller ones, in as many steps: branches of the run itself, each pair from the same start.

    ## Why it hurts

    The gradient of a few examples points mostly elsewhere than that of all of them: the steps cancel, and batch
    normalisation sees statistics of a handful. Batches that are too large make few steps of an epoch.

    ## How it decides

    The run has hardly learned; batches of another size alone make it learn most of what there is, in three pairs; and
    no other change that was tried, a lower rate among them, does as well.

    ## Example

    ```python
    loader = DataLoader(data, batch_size=2, shuffle=True)   # and batch normalisation in the network
    ```

    ## Remedies

    Take the size that was tried; a rate that fits a batch grows with the size of the batch.

    ## Known limits

    Only experiments look (`unstuck verify`), and only where a `DataLoader` makes the batches. Branches have a number of
    steps, not of epochs: that large batches make few steps is told by LOP111.

    ## References

    Goyal et al.: Accurate, large minibatch SGD (2017); Keskar et al.: On large-batch training (2017).
    """

    code: ClassVar[str] = "OPT109"
    name: ClassVar[str] = "unsuited-batch-size"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "experiment")
    figures: ClassVar[tuple[str, ...]] = ("tried.with_the_change",)

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The size of the batch is the one change that helps."""
        cure = sole_cure(view, "batch-size")
        if cure is None or cure.shown is None:
            return
        factor = float(cure.settings.get("factor", 1.0))
        larger = factor > 1
        yield self.finding(
            f"with batches {factor:g} times as large the network takes {learned(cure.shown.treated)} of the constant "
            f"answer's loss away, otherwise {learned(cure.shown.control)}, and no other change does as well",
            view=view, place=view.loss_place(), first_step=0, confidence=Confidence.VERIFIED,
            evidence=(*told(cure), Evidence(label="size of the batches, times their own", value=factor)),
            remedies=(_LARGER if larger else _SMALLER,),
        )


_LARGER = Remedy(
    name="larger-batches", text="Take larger batches: those of now say too little about the whole.",
    applicability=Applicability.TRIAL, code="loader = DataLoader(data, batch_size=4 * batch_size, shuffle=True)",
)  # fmt: skip
_SMALLER = Remedy(
    name="smaller-batches", text="Take smaller batches: the noise of their gradients helps here.",
    applicability=Applicability.TRIAL, code="loader = DataLoader(data, batch_size=batch_size // 4, shuffle=True)",
)  # fmt: skip
