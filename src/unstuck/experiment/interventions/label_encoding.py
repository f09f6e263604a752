"""Labels are given to the loss in the form that it wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

MANY_HOT = 1.5
"""sum of a row of targets, from which on it names several classes"""


@dataclass(frozen=True)
class LabelEncoding(Intervention):
    """One class number for each example, from 0, of the right type; 0 and 1 for binary losses, −1 and 1 for margins."""

    name: ClassVar[str] = "label-encoding"
    remedies: ClassVar[tuple[str, ...]] = (
        "number-labels-from-zero", "renumber-labels", "ignore-index", "label-type", "class-numbers",
        "binary-loss-per-class", "zero-one-labels", "sign-labels",
    )  # fmt: skip
    changes: ClassVar[str] = "labels take the form that the loss wants"

    outside: str = "renumber"
    """what becomes of class numbers out of range: ``renumber``, or ``ignore``"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """One setting for each remedy."""
        if remedy in cls.remedies:
            yield cls("ignore" if remedy == "ignore-index" else "renumber")

    def install(self, stage: Stage) -> None:
        """Before each loss."""
        encoder = Encoder(self.outside == "ignore")

        def encode(call: LossCall) -> LossCall | None:
            found: LossCall | None = None
            if call.function in LIKELIHOOD_LOSSES:
                found = encoder.classes(call)
            elif call.function in CROSS_ENTROPY_BINARY:
                found = encoder.binary(call)
            elif call.function == "soft_margin_loss" and call.target.min() >= 0 and call.target.max() == 1:
                found = call.changed(target=2 * call.target.to(call.given.dtype) - 1)
            elif call.function in REGRESSION_LOSSES and not call.target.is_floating_point():
                found = call.changed(target=call.target.to(call.given.dtype))
            if found is not None and call.training:
                stage.applied("labels encoded anew")
            return found

        stage.on_loss(encode)


@dataclass
class Encoder:
    """What is known of the labels so far."""

    ignore: bool
    numbers: dict[int, int] = field(default_factory=dict)
    """label → class number, given out in the order in which labels are met"""
    moved: bool = False
    """whether a label out of range has been met"""
    low: float = 0.0
    high: float = 1.0

    def classes(self, call: LossCall) -> LossCall | None:
        """For cross-entropy and `nll_loss`."""
        given, target = call.given, call.target
        units = given.shape[min(1, given.dim() - 1)]
        if target.is_floating_point() and target.shape == given.shape and given.dim() > 1:
            zero_one = bool(((target == 0) | (target == 1)).all())
            many = zero_one and float(target.sum(1).max()) > MANY_HOT and call.function == "cross_entropy"
            return call.changed("binary_cross_entropy_with_logits", given=given, target=target) if many else None
        labels = target
        if labels.dim() == given.dim() > 1:
            labels = labels.argmax(1) if labels.shape[1] == units > 1 else labels.squeeze(1)
        labels = self._numbered(labels.long(), units, int(call.arguments.get("ignore_index", -100)))
        return None if labels is target else call.changed(target=labels)

    def _numbered(self, labels: torch.Tensor, units: int, ignored: int) -> torch.Tensor:
        import torch

        values = [value for value in torch.unique(labels).tolist() if value != ignored]
        outside = [value for value in values if not 0 <= value < units]
        if self.ignore:
            return labels.masked_fill((labels < 0) | (labels >= units), ignored) if outside else labels
        free = [number for number in range(units) if number not in self.numbers.values()]
        for value in values:
            if value not in self.numbers and value not in outside and value in free:
                self.numbers[value] = value
                free.remove(value)
        for value in values:
            if value not in self.numbers and free:
                self.numbers[value] = free.pop(0)
                self.moved = True
        if not self.moved:
            return labels
        found = labels.clone()
        for value in values:
            found[labels == value] = self.numbers.get(value, ignored)
        return found

    def binary(self, call: LossCall) -> LossCall | None:
        """For binary losses: two numbers that are not 0 and 1 become them."""
        target = call.target
        self.low, self.high = min(self.low, float(target.min())), max(self.high, float(target.max()))
        labels = target.to(call.given.dtype)
        if self.low < 0:
            labels = (labels > 0).to(labels.dtype) if self.high <= 1 else labels
        elif self.high == 2.0:
            labels = (labels > 1).to(labels.dtype)
        return None if labels is target else call.changed(target=labels)
