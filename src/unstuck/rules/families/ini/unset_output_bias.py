"""INI106: the first epochs learn only a bias."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES
from unstuck.core.words import number, share
from unstuck.record.events.probe.loss import InitialLoss
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class UnsetOutputBias(Rule[ProbeView]):
    """The targets are far from what a network with a zero bias says at first: the first epochs learn only that.

    ## What it measures

    The frequencies of the classes, or mean and spread of the targets, in the first batches, and the loss before
    training.

    ## Why it hurts

    With 97 % of one class, or targets around 500, the loss falls quickly at first, and all that is learned is one
    number. The first epochs and the warm-up are spent on it, and its gradient drowns the others.

    ## How it decides

    Classes: knowing the frequencies alone removes half of the loss of equal probabilities, and the network does not
    know them yet. Numbers: the mean of the targets is three times their spread or more, and the outputs are nowhere
    near it.

    ## Example

    ```python
    head = nn.Linear(64, 1)   # and 3 % of the labels are ones
    ```

    ## Remedies

    Set the bias of the last layer to the log of the class frequencies, or to the mean of the targets; or standardise
    the targets.

    ## Known limits

    It is a matter of speed: the network learns the bias in the end. Few batches say little about rare classes.

    ## References

    Karpathy (2019), *A recipe for training neural networks*: "init well".
    """

    code: ClassVar[str] = "INI106"
    name: ClassVar[str] = "unset-output-bias"
    severity: ClassVar[Severity] = Severity.INFO
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    needs: ClassVar[tuple[str, ...]] = ("initial_loss",)

    removed: float = threshold(
        0.5, unit="share of the loss of equal probabilities", source="11 % of one of two classes: 0.5"
    )
    offset: float = threshold(3.0, unit="mean / spread of the targets", source="standardised targets: 0; abalone: 3.1")
    unknown: float = threshold(0.5, unit="share of it that is missing before training", source="zero bias: 1")
    examples: float = threshold(64, unit="targets", source="fewer say little about frequencies")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Classes or numbers, by the loss function."""
        event = view.one(InitialLoss)
        if event is None or event.expected is None or event.baseline is None:
            raise TooLittle("a loss whose constant baseline is known")
        if event.examples < self.examples:
            raise TooLittle(f"{self.examples:g} targets (there are {event.examples})")
        if event.function in (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY):
            yield from self._classes(view, event, event.expected, event.baseline)
        elif event.target_mean is not None and event.target_spread:
            yield from self._numbers(view, event, event.target_mean, event.target_spread)

    def _classes(self, view: ProbeView, event: InitialLoss, expected: float, baseline: float) -> Iterator[Finding]:
        removed = (expected - baseline) / expected if expected > 0 else 0.0
        missing = (event.loss - baseline) / (expected - baseline) if expected > baseline else 0.0
        if removed < self.removed or missing < self.unknown:
            return
        common = "" if event.frequency is None else f" (the most frequent class: {share(event.frequency)})"
        yield self.finding(
            f"knowing the class frequencies alone gives a loss of {number(baseline)}{common}, and the network begins "
            "at "
            f"{number(event.loss)}: the first steps learn a bias",
            view=view,
            evidence=(
                Evidence(key="removed", label="share of the loss that frequencies remove", value=removed,
                         threshold=self.removed, unit="share"),
            ),
            remedies=(_CLASSES,),
        )  # fmt: skip

    def _numbers(self, view: ProbeView, event: InitialLoss, mean: float, spread: float) -> Iterator[Finding]:
        offset = abs(mean) / spread
        missing = abs(mean - (event.output_mean or 0.0)) / abs(mean) if mean else 0.0
        if offset < self.offset or missing < self.unknown or math.isnan(offset):
            return
        yield self.finding(
            f"the targets have a mean of {number(mean)} and a spread of {number(spread)}, and the outputs begin at "
            f"{number(event.output_mean or 0.0)}: the first steps learn a bias",
            view=view,
            evidence=(
                Evidence(key="offset", label="mean of the targets / their spread", value=offset, threshold=self.offset),
            ),
            remedies=(_NUMBERS,),
        )  # fmt: skip


_CLASSES = Remedy(
    name="output-bias",
    text="Set the bias of the last layer to the log of the class frequencies.",
    applicability=Applicability.TRIAL,
    code="frequencies = torch.bincount(y) / len(y)\nwith torch.no_grad():\n    head.bias.copy_(frequencies.log())",
)
_NUMBERS = Remedy(
    name="output-bias",
    text="Set the bias of the last layer to the mean of the targets, or standardise the targets.",
    applicability=Applicability.TRIAL,
    code="with torch.no_grad():\n    head.bias.copy_(y.mean(0))",
)
