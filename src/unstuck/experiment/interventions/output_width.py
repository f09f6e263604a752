"""The last layer is as wide as there are classes, or targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.last_layer import Classes, Wider
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

EXCESS = 2
"""times as many units as classes, from which on units are taken away"""


@dataclass(frozen=True)
class OutputWidth(Intervention):
    """Units are added behind the layer's own and given to its optimiser; too many are left out of the loss."""

    name: ClassVar[str] = "output-width"
    remedies: ClassVar[tuple[str, ...]] = ("output-width",)
    changes: ClassVar[str] = "the last layer is as wide as there are classes"

    def install(self, stage: Stage) -> None:
        """Before each loss that sees more classes, or columns, than there are units, or far fewer."""
        from unstuck.experiment.interventions.building_blocks.last_layer import Classes, Wider

        provenance = stage.provenance(features=True)
        wider, classes = Wider(stage, provenance), Classes()

        def fit(call: LossCall) -> LossCall | None:
            found = None
            if call.function in LIKELIHOOD_LOSSES and not call.target.is_floating_point() and call.given.dim() > 1:
                found = _classes(call, wider, classes)
            elif call.function in (*CROSS_ENTROPY_BINARY, *REGRESSION_LOSSES):
                found = _columns(call, wider) or _many(call, wider, classes) or _first(call)
            if found is not None and call.training:
                units = found.given.shape[1] if found.given.dim() > 1 else 1
                stage.applied(f"{call.given[:1].numel()} units → {units}")
            return found

        stage.on_loss(fit)


def _classes(call: LossCall, wider: Wider, classes: Classes) -> LossCall | None:
    """As many units as the labels so far name."""
    labels = call.target[call.target != call.arguments.get("ignore_index", -100)]
    if not classes.update(labels, call.training):
        return None
    units, number = call.given.shape[1], classes.number
    if units >= EXCESS * number:
        return call.changed("cross_entropy", given=call.given[:, :number], weight=None)
    return _crossed(call, wider.widened(call.given, number), call.target) if units < number else None


def _columns(call: LossCall, wider: Wider) -> LossCall | None:
    """As many units as the targets have columns."""
    given, target = call.given, call.target
    if target.dim() != 2 or not given.dim() or len(given) != len(target) or given.numel() != len(given):
        return None
    scores = wider.widened(given, target.shape[1]) if target.shape[1] > 1 else None
    if scores is None:
        return None
    function = "binary_cross_entropy_with_logits" if call.function == "binary_cross_entropy" else None
    return call.changed(function, given=scores)


def _many(call: LossCall, wider: Wider, classes: Classes) -> LossCall | None:
    """Three and more class numbers for a binary loss on one unit."""
    given, target = call.given, call.target
    if "binary" not in call.function or not given.dim() or given.numel() != target.numel() != len(given):
        return None
    if not classes.update(target, call.training) or classes.number < 3 or given.numel() != len(given):
        return None
    return _crossed(call, wider.widened(given, classes.number), target.reshape(-1).long())


def _first(call: LossCall) -> LossCall | None:
    """One unit for one number for each example, where the shapes do not go together at all."""
    given, target = call.given, call.target
    if given.dim() != 2 or target.dim() != 1 or len(given) != len(target) or given.shape[1] in (1, len(target)):
        return None
    return call.changed(given=given[:, 0])


def _crossed(call: LossCall, scores: torch.Tensor | None, target: torch.Tensor) -> LossCall | None:
    return None if scores is None else call.changed("cross_entropy", given=scores, target=target, weight=None)
