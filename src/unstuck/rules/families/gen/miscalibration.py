"""GEN107: confidence is not accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number, share
from unstuck.record.events.model.numbers import Calibration
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class Miscalibration(Rule[ModelView]):
    """The probabilities of the network are not the frequencies with which it is right.

    ## What it measures

    The probability of the predicted class, in bins of equal mass, beside the share that is right. The calibration error
    is the mean difference. So few examples give an error by chance even where every probability is right: labels
    that are drawn from the probabilities say how large it is.

    ## Why it hurts

    A threshold on the confidence does not do what it says, decisions by expected cost are wrong, and the network is
    believed where it must not be.

    ## How it decides

    The error is above the 99 % quantile of what chance gives, and exceeds its mean by `error` or more; of a network
    that is seldom wrong by `claimed` of its error rate, for then its confidence claims most errors away. The message
    says whether the network is over-confident or under-confident, and what a temperature does, fitted on one half of
    the examples and measured on the other.

    ## Example

    ```python
    for epoch in range(500): train(model)   # the training loss is 0, and every probability is 0.999
    ```

    ## Remedies

    Divide the logits by a temperature that is fitted on validation data. Regularise, or stop earlier.

    ## Known limits

    At least 200 examples. It is about the examples that were given: calibration is lost where the data changes.

    ## References

    Guo, Pleiss, Sun, Weinberger, *On calibration of modern neural networks*, 2017; Bröcker and Smith, *Increasing the
    reliability of reliability diagrams*, 2007.
    """

    code: ClassVar[str] = "GEN107"
    name: ClassVar[str] = "miscalibration"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("calibration",)
    figures: ClassVar[tuple[str, ...]] = ("model_scores.reliability",)

    error: float = threshold(0.04, unit="above what chance gives", source="provisional, see docs/log.md")
    claimed: float = threshold(0.6, unit="share of the error rate", source="provisional, see docs/log.md")
    examples: float = threshold(200, unit="examples", source="fewer give 0.05 by chance")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The error beside that of chance."""
        event = view.one(Calibration)
        if event is None or view.about.examples < self.examples:
            raise TooLittle(f"{self.examples:g} examples with probabilities")
        least = min(self.error, self.claimed * (1 - event.accuracy))
        if event.error <= event.chance_high or event.error - event.chance < least:
            return
        over = event.confidence > event.accuracy
        way = "over-confident" if over else "under-confident"
        temperature = ""
        code = "scores = logits / temperature"
        if event.temperature is not None and event.error_after is not None and event.error_before is not None:
            helps = event.error_after < event.error_before
            temperature = (
                f"; a temperature of {number(event.temperature)} changes the error on the other half of the examples "
                f"from {number(event.error_before)} to {number(event.error_after)}"
            )
            code = f"probabilities = torch.softmax(logits / {event.temperature:.2f}, dim=1)" if helps else code
        yield self.finding(
            f"{way}: mean confidence {share(event.confidence)}, accuracy {share(event.accuracy)}; calibration error "
            f"{number(event.error)}, by chance {number(event.chance)}{temperature}",
            view=view, place=view.place(),
            evidence=(
                Evidence(key="calibration_error", label="calibration error", value=event.error,
                         threshold=event.chance + least),
                Evidence(key="chance", label="the same by chance", value=event.chance),
                Evidence(key="confidence", label="mean confidence", value=event.confidence, unit="share"),
                Evidence(key="accuracy", label="accuracy", value=event.accuracy, unit="share"),
            ),
            remedies=(_remedy(code),),
        )  # fmt: skip


def _remedy(code: str) -> Remedy:
    return Remedy(
        name="fit-temperature",
        text="Divide the logits by a temperature that is fitted on validation data.",
        applicability=Applicability.MANUAL, code=code,
    )  # fmt: skip
