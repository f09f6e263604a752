"""LOS104: a regression loss on class numbers, or a classification loss on continuous targets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.head import Head, first_below, learned_inputs
from unstuck.analysis.run.output import calls_of, heads, last_layer_place, loss_place
from unstuck.analysis.run.targets import distinct_of, shape_of
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Remedy, Severity
from unstuck.core.vocabulary import (
    CROSS_ENTROPY_BINARY,
    ERROR_ARITHMETIC,
    PASS_THROUGH,
    REGRESSION_LOSSES,
    REGRESSION_OPERATIONS,
)
from unstuck.record import events
from unstuck.record.events import LossCall
from unstuck.rules.rule import Rule, TooLittle, threshold

_MIN_CLASSES = 3
"""two classes can be regressed"""


@dataclass(frozen=True)
class LossUnsuitedToTask(Rule[TrainingView]):
    """Class numbers are regressed like quantities, or continuous targets are given to a cross-entropy.

    ## What it measures

    The targets of the loss: the distinct values and their frequencies, the range, and for cross-entropy the sum of
    each row of targets. For a squared error written by hand: the labels of the data set of the data loader.

    ## Why it hurts

    Classes have no order and no distance. A squared error treats 0 and 9 as further apart than 0 and 1, and its best
    prediction between two classes is a third class. A cross-entropy has no minimum at targets that are not
    probabilities: it falls without bound, or its minimum is far from the targets.

    ## How it decides

    Regression: one output unit, and targets that are exactly the integers 0 to K − 1 (K ≥ 3), each about as frequent
    as the others. Quantities, counts, ages and ratings have tails or do not start at 0. The finding is *suspected*,
    because evenly spread quantities look the same, and it is information only where rounding already gives every class
    right. Cross-entropy: dense targets that are negative, or rows that sum to more than 1. Binary losses: many
    different targets far outside 0 to 1.

    ## Example

    ```python
    loss = F.mse_loss(net(x).squeeze(1), y.float())   # y: class numbers 0 to 9
    ```

    ## Remedies

    For classes, use one unit per class and cross-entropy. For quantities, use squared error.

    ## Known limits

    Two classes, one-hot targets and probabilities under squared error are not reported: they can be learned that way.

    ## References

    Bishop, Pattern Recognition and Machine Learning (2006), section 4.1.3: least squares for classification.
    """

    code: ClassVar[str] = "LOS104"
    name: ClassVar[str] = "loss-unsuited-to-task"
    severity: ClassVar[Severity] = Severity.WARNING
    of_first_steps: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("output",)
    figures: ClassVar[tuple[str, ...]] = ("labels.regressed", "loss_inputs.amounts",)

    balance: float = threshold(
        2.0, unit="count / mean count of a class",
        source="most and least frequent class of digits, iris and wine: 1.02 to 1.25",
    )
    sigmas: float = threshold(2.0, unit="standard errors of a count", source="allowance for few sampled labels")
    per_class: int = threshold(8, unit="labels per class", source="with fewer, even frequencies occur by chance")
    rounded: float = threshold(
        0.01, unit="mean squared error", source="a standard deviation of 0.1: rounding is wrong at 5 sigma only"
    )
    overflow: float = threshold(
        0.5, unit="distance from the range 0 to 1", source="smoothed and noisy labels of −0.2 to 1.2 are in use"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Regression on class numbers; cross-entropy on quantities."""
        calls = [call for call in calls_of(view, *REGRESSION_LOSSES) if call.phase == "train" and _has_one_output(call)]
        counts = _all_targets(view, calls)
        if counts is not None and self._are_classes(counts):
            head = next((head for head in heads(view) if head.function in REGRESSION_OPERATIONS), None)
            if head is None or not head.has_swapped_arguments:
                yield self._regression(view, counts, head, calls[0])
                return
        for finding in (self._by_loader(view), self._quantities(view)):
            if finding is not None:
                yield finding
        if counts is not None and _are_integers(counts) and counts.total() < self.per_class * len(counts):
            raise TooLittle(f"{self.per_class} sampled targets for each class")

    def _are_classes(self, counts: Mapping[float, int]) -> bool:
        """Whether these are the integers 0 to K − 1, each about as frequent as the others."""
        classes, total = len(counts), sum(counts.values())
        if not _are_integers(counts) or total < self.per_class * classes:
            return False
        high, low = self.balance * total / classes, total / classes / self.balance
        chance = self.sigmas * math.sqrt(high), self.sigmas * math.sqrt(low)
        return max(counts.values()) <= high + chance[0] and min(counts.values()) >= low - chance[1]

    def _by_loader(self, view: TrainingView) -> Finding | None:
        """A squared or absolute error written by hand, on one unit, with the classes of a data loader."""
        if calls_of(view, *REGRESSION_LOSSES):
            return None
        head = next((head for head in heads(view) if _is_error_by_hand(head)), None)
        if head is None:
            return None
        of_loaders = [loader.labels for loader in view.training.part.of(events.Loader) if loader.labels]
        if not of_loaders and not view.all_calls:
            raise TooLittle("the targets of a loss written by hand, or a data loader with labels")
        for labels in of_loaders:
            counts = Counter({float(label): count for label, count in labels.items()})
            if self._are_classes(counts):
                return self._regression(view, counts, head, None)
        return None

    def _regression(
        self, view: TrainingView, counts: Mapping[float, int], head: Head | None, call: LossCall | None
    ) -> Finding:
        classes, total, last = len(counts), sum(counts.values()), view.status.last
        squared = call is None or call.function == "mse_loss"
        layer = last_layer_place(view, head)
        return self.finding(
            f"one unit regresses class numbers: all {total} targets are the integers 0 to {classes - 1}, evenly spread",
            view=view, place=loss_place(view, head, call), used_at=layer if layer.file is not None else None,
            severity=Severity.INFO if squared and last <= self.rounded else None,
            confidence=Confidence.SUSPECTED,
            evidence=(
                Evidence(key="distinct_targets", label="distinct targets", value=float(classes),
                         threshold=float(_MIN_CLASSES)),
                Evidence(key="largest_class_ratio", label="count of the most frequent target / mean count",
                         value=max(counts.values()) * classes / total, threshold=self.balance),
                Evidence(key="loss_at_end", label="loss at the end", value=last,
                         threshold=self.rounded if squared else None),
            ),
            remedies=(_CLASSES,),
        )

    def _quantities(self, view: TrainingView) -> Finding | None:
        """Continuous targets of a classification loss."""
        for call in calls_of(view, "cross_entropy"):
            rows = call.target_row_sum
            if rows is not None and self._are_quantities(call):
                return self._classification(
                    view, call, f"cross-entropy is given continuous targets: rows sum to {rows[0]:.3g} to "
                    f"{rows[1]:.3g} instead of 1",
                    Evidence(key="largest_target_row_sum", label="largest sum of a row of targets", value=rows[1],
                             threshold=1.0),
                )
        calls = [call for call in calls_of(view, *CROSS_ENTROPY_BINARY) if call.target.min is not None]
        low = min((call.target.min for call in calls if call.target.min is not None), default=0.0)
        high = max((call.target.max for call in calls if call.target.max is not None), default=1.0)
        if not calls or distinct_of(calls) is not None or (low >= -self.overflow and high <= 1 + self.overflow):
            return None
        return self._classification(
            view, calls[0], f"{calls[0].function} is given continuous targets from {low:.3g} to {high:.3g}: it expects "
            "0 to 1",
            Evidence(key="largest_target", label="largest target", value=high, threshold=1.0),
        )

    def _are_quantities(self, call: LossCall) -> bool:
        """Whether dense targets of a cross-entropy are no probabilities, one-hot rows or weighted one-hot rows."""
        rows, target, classes = call.target_row_sum, call.target, call.classes or 0
        if rows is None or classes < 2 or call.one_hot or target.zeros is None:
            return False
        if target.min is None or target.max is None or target.mean is None:
            return False
        weighted = target.zeros > 0.5 * (classes - 1) / classes  # one-hot rows times a reward or a weight
        binary = target.min == 0.0 and target.max == 1.0 and abs(target.mean + target.zeros - 1) < 1e-4
        return not weighted and not binary and (rows[1] > 1 + self.overflow or target.min < -self.overflow)

    def _classification(self, view: TrainingView, call: LossCall, message: str, evidence: Evidence) -> Finding:
        return self.finding(
            message, view=view, place=loss_place(view, call=call), first_step=call.step, evidence=(evidence,),
            remedies=(_QUANTITIES,),
        )


def _all_targets(view: TrainingView, calls: list[LossCall]) -> Counter[float] | None:
    """The distinct targets of these calls and of the held-out ones of the same loss."""
    held_out = [
        call for call in view.all_calls
        if call.phase == "eval" and calls and call.function == calls[0].function and _has_one_output(call)
    ]
    return distinct_of([*calls, *held_out]) if calls else None


def _are_integers(counts: Mapping[float, int]) -> bool:
    """Whether the values are the integers 0 to K − 1 for at least three classes."""
    return len(counts) >= _MIN_CLASSES and sorted(counts) == list(range(len(counts)))


def _is_error_by_hand(head: Head) -> bool:
    """Whether a squared or absolute error on one unit is written by hand."""
    at = first_below(head, 0, PASS_THROUGH | ERROR_ARITHMETIC) if head.loss is None else None
    if not at:
        return False
    node, layer = head.nodes[at], head.last_layer
    if node.op != "sub" or len(learned_inputs(node)) != 1 or layer is None:
        return False
    return (layer.shape or (0,))[-1] == 1


def _has_one_output(call: LossCall) -> bool:
    """Whether the network has one output for each example."""
    shape = shape_of(call.input)
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


_CLASSES = Remedy(
    name="cross-entropy-for-classes",
    text="Use one unit per class, and cross-entropy on the logits.",
    applicability=Applicability.SAFE,
    code="nn.Linear(hidden, num_classes)   # then F.cross_entropy(net(x), y.long())",
)
_QUANTITIES = Remedy(
    name="squared-error-for-amounts",
    text="Use squared error for continuous targets, with a linear output.",
    applicability=Applicability.SAFE,
    code="loss = F.mse_loss(net(x), y)   # y standardised, no softmax or sigmoid",
)
