"""Squared error stands in for a loss of probabilities that is given amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

BEYOND = 0.5
"""distance from 0 to 1 from which a target is an amount: smoothed and noisy labels lie nearer"""


@dataclass(frozen=True)
class SquaredErrorForAmounts(Intervention):
    """The output is linear and the targets are standardised, as the remedy says; the loss is told in their units."""

    name: ClassVar[str] = "squared-error-for-amounts"
    remedies: ClassVar[tuple[str, ...]] = ("squared-error-for-amounts",)
    changes: ClassVar[str] = "squared error stands in for a loss of probabilities"

    def install(self, stage: Stage) -> None:
        """From the first call on that is given amounts."""
        from unstuck.experiment.interventions.building_blocks.moments import Moments
        from unstuck.experiment.interventions.building_blocks.rescaled_targets import in_units, update

        provenance, moments = stage.provenance(), Moments()

        def exchange(call: LossCall) -> Any:
            given, target = call.given, call.target
            if call.function not in (*CROSS_ENTROPY_BINARY, "cross_entropy") or not target.is_floating_point():
                return None
            rows = target.sum(1) if call.function == "cross_entropy" and target.dim() > 1 else target
            if not moments.count and float(target.min()) >= -BEYOND and float(rows.max()) <= 1 + BEYOND:
                return None
            if given.numel() != target.numel() or not update(moments, call):
                return None
            scores = provenance.without(given)
            squared = call.changed("mse_loss", given=given if scores is None else scores,
                                   target=target.reshape(given.shape))
            if call.training:
                stage.applied(f"{call.function} → mse_loss")
            return in_units(squared, moments.mean, moments.spread)

        stage.on_loss(exchange)
