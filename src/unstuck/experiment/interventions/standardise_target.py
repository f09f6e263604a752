"""Regression targets in units of their own spread, about zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.core.vocabulary import REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.handwritten_error import Pair
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class StandardiseTarget(Intervention):
    """The network predicts standardised targets; the loss that is recorded stays in the old units."""

    name: ClassVar[str] = "standardise-target"
    remedies: ClassVar[tuple[str, ...]] = ("standardise-target",)
    changes: ClassVar[str] = "regression targets are standardised"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Mean and spread of the targets of the first batches; a pair of its own for each last layer."""
        from unstuck.experiment.interventions.building_blocks.loss_call import reported_as
        from unstuck.experiment.interventions.building_blocks.moments import Moments
        from unstuck.experiment.interventions.building_blocks.rescaled_targets import in_units, rows_of, update

        provenance = stage.provenance()
        known: dict[tuple[int, ...], Moments] = {}

        def of(answer: torch.Tensor, target: torch.Tensor) -> Moments:
            """Those of the targets of one last layer."""
            layer = provenance.layer(answer)
            key = id(layer.weight) if layer is not None else 0
            return known.setdefault((key, *target.shape[1:]), Moments())

        def standardise(call: LossCall) -> Any:
            if call.function not in REGRESSION_LOSSES or call.target.requires_grad or call.given.shape[:1] == ():
                return None
            moments = of(call.given, call.target)
            if not update(moments, call):
                return None
            if call.training:
                stage.applied("targets standardised")
            return in_units(call, moments.mean, moments.spread)

        def by_hand(answer: torch.Tensor, target: torch.Tensor) -> Pair | None:
            """In the old units, with the gradient that the square of the same error has in the new ones."""
            if answer.shape != target.shape or not answer.dim() or provenance.layer(answer) is None:
                return None
            moments = of(answer, target)
            if target.numel() > 1:
                moments.update(rows_of(target))
            if moments.count < 2 or not bool((moments.spread > 0).all()):
                return None
            mean, spread = moments.mean.to(answer), moments.spread.to(answer)
            stage.applied("targets of an error written by hand standardised")
            return reported_as(answer * spread + mean, answer / spread), target

        stage.on_loss(standardise)
        stage.on_difference(by_hand)
