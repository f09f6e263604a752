"""LOS109: a loss that does not change by one bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ConstantLoss(Rule[TrainingView]):
    """The training loss is the same number at every step.

    ## What it measures

    The number of distinct values of the training loss over the run.

    ## Why it hurts

    Batches differ and weights change, so a loss that depends on them changes at least in its last bits. A loss that
    does not depends on neither: nothing is learned.

    ## How it decides

    Every value of the training loss is the same float, and not 0: there a margin or a perceptron loss has nothing left
    to learn.

    ## Example

    ```python
    loss = F.cross_entropy(model(x) * 0, y)
    ```

    ## Remedies

    Compute the loss from the output of the network.

    ## Known limits

    Fewer than `steps` steps are not judged.

    ## References

    Karpathy: A recipe for training neural networks (2019), "verify loss at init".
    """

    code: ClassVar[str] = "LOS109"
    name: ClassVar[str] = "constant-loss"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = (
        "LOS105", "LOP102", "LOP103", "LOP108", "ARC109", "ARC113", "OPT105", "OPT106",
    )  # fmt: skip
    needs: ClassVar[tuple[str, ...]] = ("loss",)
    figures: ClassVar[tuple[str, ...]] = ("losses.constant",)

    steps: int = threshold(50, unit="steps", source="a network that learns changes its loss within a few steps")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """One finding where all losses are one value."""
        loss = view.training.loss
        if loss is None or len(loss.value) < self.steps:
            raise TooLittle(f"{self.steps} steps with a training loss")
        distinct = len(np.unique(loss.value))
        if distinct == 1 and float(loss.value[0]) != 0.0 and np.isfinite(loss.value[0]):
            yield self.finding(
                f"the training loss is {loss.value[0]:.6g} at all {len(loss.value)} steps, to the last bit",
                view=view, place=view.loss_place(),
                evidence=(
                    Evidence(key="distinct_losses", label="distinct values of the loss", value=1.0, threshold=2.0),
                ),
                remedies=(
                    Remedy(
                        name="connect-loss", text="Compute the loss from the output of the network.",
                        applicability=Applicability.MANUAL, code="loss = criterion(model(x), y)",
                    ),
                ),
            )  # fmt: skip
