"""Regression targets are scaled into the range of the output's activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.core.vocabulary import REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

RANGES = {
    "sigmoid": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0), "relu": (0.0, 4.0), "softplus": (0.0, 4.0),
}  # fmt: skip
"""activation → the range used; without an upper end, about four spreads"""
MARGIN = 0.1
"""share of the range kept free at either end, where a sigmoid has no slope left"""


@dataclass(frozen=True)
class ScaleTargets(Intervention):
    """The network predicts targets that it can reach; the loss that is recorded stays in the old units."""

    name: ClassVar[str] = "scale-targets"
    remedies: ClassVar[tuple[str, ...]] = ("scale-targets",)
    changes: ClassVar[str] = "regression targets are scaled into the range of the output"

    def install(self, stage: Stage) -> None:
        """Smallest and largest target of the first batches, to the ends of the range."""
        import torch

        from unstuck.experiment.interventions.building_blocks.moments import Moments
        from unstuck.experiment.interventions.building_blocks.provenance import Kind
        from unstuck.experiment.interventions.building_blocks.rescaled_targets import in_units, update

        provenance, moments = stage.provenance(), Moments()

        def scale(call: LossCall) -> Any:
            head = [step for step in provenance.head(call.given) if step.kind is not Kind.MOVED]
            ends = RANGES.get(head[0].name) if head else None
            if call.function not in REGRESSION_LOSSES or ends is None or not update(moments, call):
                return None
            margin = MARGIN * (ends[1] - ends[0])
            width = (moments.high - moments.low) / (ends[1] - ends[0] - 2 * margin)
            if call.training:
                stage.applied(f"targets scaled into the range of {head[0].name}")
            return in_units(call, moments.low - width * (ends[0] + margin), torch.as_tensor(width))

        stage.on_loss(scale)
