"""INI105: the first loss is far above that of a network that knows nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES
from unstuck.core.words import number
from unstuck.record.events.probe.loss import InitialLoss
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class SurprisingInitialLoss(Rule[ProbeView]):
    """The loss before training is far above that of a network that knows nothing.

    ## What it measures

    The mean loss of the first batches before any step, and the loss of equal probabilities (log K for K classes) or of
    outputs of zero on the same targets.

    ## Why it hurts

    A new network should answer "I do not know". One that is confident and wrong spends its first epochs on unlearning
    that; often it is the first sign of unscaled inputs, of large weights, of labels that do not fit the outputs.

    ## How it decides

    Classes: the loss is more than twice that of equal probabilities. Numbers: it is more than ten times that of outputs
    of zero. A loss that is lower than expected is no fault: the network may have been trained already. Nor is one that
    stays with all weights at a hundredth: outputs that are normalised and multiplied by a scale are so by design.

    ## Example

    ```python
    nn.init.normal_(head.weight, std=1.0)   # 64 inputs: logits of ±8, loss 9 instead of log 10 = 2.3
    ```

    ## Remedies

    Scale the inputs, initialise the last layer small or at zero, check that labels and outputs belong together.

    ## Known limits

    Only losses that are one call of a loss function of torch are judged. A network whose head was trained for another
    task is confident and wrong by design.

    ## References

    Karpathy (2019), *A recipe for training neural networks*: "verify loss @ init".
    """

    code: ClassVar[str] = "INI105"
    name: ClassVar[str] = "surprising-initial-loss"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = (
        "LOS101", "LOS102", "LOS103", "LOS104", "LOS105", "LOS106", "LOS107", "LOS108", "LOS110", "INI102", "INI104",
        "SCL101", "SCL102", "DAT114",
    )  # fmt: skip
    needs: ClassVar[tuple[str, ...]] = ("initial_loss",)
    figures: ClassVar[tuple[str, ...]] = ("probe_loss.initial",)

    classes: float = threshold(
        2.0, unit="× the loss of equal probabilities", source="8 healthy programs: 0.96 to 1.07"
    )
    numbers: float = threshold(10.0, unit="× the loss of outputs of zero", source="14 healthy programs: 0.38 to 2.3")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The mean of the first batches."""
        event = view.one(InitialLoss)
        if event is None or event.expected is None:
            raise TooLittle("a loss that is one call of a loss function of torch")
        of_classes = event.function in (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY)
        limit = self.classes if of_classes else self.numbers
        if not event.expected > 0 or event.loss <= limit * event.expected or math.isnan(event.loss):
            return
        knows_nothing = f"equal probabilities would give {number(event.expected)}" if of_classes else (
            f"outputs of zero would give {number(event.expected)}"
        )
        if event.shrunk is not None and event.shrunk > limit * event.expected:
            return
        yield self.finding(
            f"the loss before training is {number(event.loss)}, and {knows_nothing}: outputs have a spread of "
            f"{number(event.output_spread or 0.0)}",
            view=view,
            evidence=(
                Evidence(key="loss_ratio", label="loss / that of knowing nothing", value=event.loss / event.expected,
                         threshold=limit),
                Evidence(key="initial_loss", label="loss before training", value=event.loss),
                Evidence(key="output_spread", label="spread of the outputs", value=event.output_spread or 0.0),
            ),
            remedies=(_SMALL,),
        )  # fmt: skip


_SMALL = Remedy(
    name="smaller-inputs-and-weights",
    text="Scale the inputs to unit variance, and begin with small weights in the last layer.",
    applicability=Applicability.TRIAL,
    code="x = (x - mean) / std\nnn.init.normal_(head.weight, std=0.01)\nnn.init.zeros_(head.bias)",
)
