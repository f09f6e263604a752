"""GEN105: outside the range of the training data the network errs, and its confidence does not say so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.model.view import ModelView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number, share
from unstuck.record.events.model.robustness import OutsideRange, PushedInputs
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ConfidentExtrapolation(Rule[ModelView]):
    """Outside the range of the training data the network errs more, and stays as confident.

    ## What it measures

    Two things. Held-out examples that lie outside the range of the training data (`--train`): along brightness,
    sharpness, tint and border of images, or each column of a table, and in the distance from the centre of all these.
    And held-out inputs that are pushed further step by step: noise, blur, less contrast, more light, rotation,
    enlargement of images, columns moved outward; at last inputs in which nothing goes together.

    ## Why it hurts

    What is unlike the training data arrives in use sooner or later: another camera, a dark room, an age that nobody
    had. A network that says *99 % sure* there cannot be caught by a threshold.

    ## How it decides

    A warning is about the held-out examples themselves: `outside` of them or more lie beyond the range that holds
    99 % of the training data, and there the mean confidence exceeds the accuracy by `gap` more than inside (`z`
    standard errors or more; where nearly all lie outside, by `gap` alone). An information is about pushed inputs: at an
    amount that inputs in use have, accuracy has fallen by `pushed` or more and confidence exceeds it by `pushed` more
    than before. That confidence stays or rises far outside, and for images in which nothing goes together, is usual for
    networks with ReLU, and is shown in the report only.

    ## Example

    ```python
    test = blur(test, sigma=2)   # the camera of the hospital is not that of the training data
    ```

    ## Remedies

    Add such inputs to the training data, or make them by augmentation. Leave inputs of low confidence, or outside
    the range, to a person. A temperature lowers all confidence; the message says what both do.

    ## Known limits

    One class for each example, probabilities, images or numbers in a table. Whether a rotated or enlarged image still
    shows the class is not known: a 6 turned by 180 degrees does not.

    ## References

    Hein, Andriushchenko and Bitterwolf, *Why ReLU networks yield high-confidence predictions far away from the training
    data*, 2019; Hendrycks and Dietterich, *Benchmarking neural network robustness to common corruptions*, 2019.
    """

    code: ClassVar[str] = "GEN105"
    name: ClassVar[str] = "confident-extrapolation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ModelView,)
    needs: ClassVar[tuple[str, ...]] = ("pushed_inputs",)
    figures: ClassVar[tuple[str, ...]] = ("model_dependence.outside",)

    outside: float = threshold(0.05, unit="share of the examples", source="random splits: 0.02")
    gap: float = threshold(0.1, unit="confidence minus accuracy", source="provisional, see docs/log.md")
    z: float = threshold(3.0, unit="standard errors", source="a dozen ranges are looked at")
    pushed: float = threshold(0.25, unit="share", source="sound networks on mnist and cifar10: up to 0.2")

    def check(self, view: ModelView) -> Iterator[Finding]:
        """The held-out examples; without a failure there the way to push that deceives most."""
        beyond = [one for one in view.of(OutsideRange) if self.deceives(one)]
        if beyond:
            yield self._outside(view, max(beyond, key=_more))
            return
        pushes = [(one, at) for one in view.of(PushedInputs) for at in range(len(one.amounts)) if self.fools(one, at)]
        if pushes:
            yield self._pushed(view, *max(pushes, key=lambda found: _gap(*found) - _gap(found[0], 0)))

    def deceives(self, one: OutsideRange) -> bool:
        """Whether examples beyond the range are wrong more often than confidence says."""
        if one.outside < self.outside * (one.outside + one.inside) or one.accuracy_outside is None:
            return False
        error = math.sqrt(max(one.accuracy_outside * (1 - one.accuracy_outside), 0.01) / one.outside)
        return _more(one) >= max(self.gap, self.z * error)

    def fools(self, one: PushedInputs, at: int) -> bool:
        """Whether confidence stays where accuracy falls, by a push that inputs in use have."""
        if not one.accuracy:  # the class may be another one
            return False
        lost = one.accuracy[0] - one.accuracy[at]
        return one.amounts[at] <= one.usual and min(lost, _gap(one, at) - _gap(one, 0)) >= self.pushed

    def _outside(self, view: ModelView, one: OutsideRange) -> Finding:
        accuracy, confidence = one.accuracy_outside or 0.0, one.confidence_outside or 0.0
        inside = "" if one.accuracy_inside is None or one.confidence_inside is None else (
            f"; inside accuracy {share(one.accuracy_inside)}, confidence {share(one.confidence_inside)}"
        )
        return self.finding(
            f"{number(one.outside)} of {count(one.outside + one.inside, 'example')} lie outside the range of the "
            f"training data in {one.along}: accuracy {share(accuracy)}, mean confidence {share(confidence)} "
            f"there{inside}",
            view=view, place=view.place(row=one.rows[0] if one.rows else None),
            evidence=(
                Evidence(key="gap_outside", label="confidence minus accuracy outside", value=confidence - accuracy,
                         threshold=confidence - accuracy - _more(one) + self.gap, unit="share"),
                Evidence(key="accuracy_outside", label="accuracy outside", value=accuracy, unit="share"),
                Evidence(key="confidence_outside", label="confidence outside", value=confidence, unit="share"),
            ),
            examples=view.examples(one.rows, one.outside, of="rows outside"), remedies=(_COLLECT, _REJECT),
        )  # fmt: skip

    def _pushed(self, view: ModelView, one: PushedInputs, at: int) -> Finding:
        cooled = "" if one.temperature is None else (
            f", a temperature of {number(one.temperature)} makes the confidence {share(one.cooled[at])}"
        )
        return self.finding(
            f"{one.way} of {number(one.amounts[at])} {one.unit} changes confidence from {share(one.confidence[0])} to "
            f"{share(one.confidence[at])} and accuracy from {share(one.accuracy[0])} to {share(one.accuracy[at])}; the "
            f"threshold {number(one.threshold)}, which keeps "
            f"{share(1 - one.rejected[0])} of the inputs as they are, leaves out {share(one.rejected[at])}{cooled}",
            view=view, place=view.place(), severity=Severity.INFO,
            evidence=(
                Evidence(key="confidence_pushed", label="confidence of the pushed inputs", value=one.confidence[at],
                         unit="share"),
                Evidence(key="gap_pushed", label="confidence minus accuracy, of pushed inputs", value=_gap(one, at),
                         threshold=_gap(one, 0) + self.pushed, unit="share"),
                Evidence(key="rejected", label="left out by the threshold", value=one.rejected[at], unit="share"),
            ),
            remedies=(_COLLECT, _REJECT),
        )  # fmt: skip


def _more(one: OutsideRange) -> float:
    """How much further confidence lies above accuracy outside the range than inside."""
    if one.accuracy_outside is None or one.confidence_outside is None:
        return 0.0
    outside = one.confidence_outside - one.accuracy_outside
    few = one.inside < 30 or one.accuracy_inside is None or one.confidence_inside is None
    inside = 0.0 if few else (one.confidence_inside or 0.0) - (one.accuracy_inside or 0.0)
    return outside - max(0.0, inside)


def _gap(one: PushedInputs, at: int) -> float:
    return one.confidence[at] - one.accuracy[at]


_COLLECT = Remedy(
    name="train-on-such-inputs",
    text="Add such inputs to the training data, or make them by augmentation.",
    applicability=Applicability.MANUAL,
    code="transforms.GaussianBlur(5, sigma=(0.1, 2.0)), transforms.ColorJitter(0.4, 0.4, 0.4)",
)
_REJECT = Remedy(
    name="leave-to-a-person",
    text="Leave inputs outside the range of the training data, and those below a confidence, to a person.",
    applicability=Applicability.MANUAL,
    code="sure = probabilities.max(1).values >= threshold",
)
