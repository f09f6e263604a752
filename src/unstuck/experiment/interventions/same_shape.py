"""Targets take the shape of the answers, where they would be broadcast against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.handwritten_error import Pair
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class SameShape(Intervention):
    """(N, 1) against (N,): as many numbers in another shape are the same numbers."""

    name: ClassVar[str] = "same-shape"
    remedies: ClassVar[tuple[str, ...]] = ("same-shape",)
    changes: ClassVar[str] = "targets take the shape of the answers"

    def install(self, stage: Stage) -> None:
        """Reshape the targets of the losses that broadcast, and of differences written by hand."""

        def reshape(call: LossCall) -> LossCall | None:
            given, target = call.given, call.target
            if call.function not in (*REGRESSION_LOSSES, *CROSS_ENTROPY_BINARY) or given.shape == target.shape:
                return None
            if given.numel() != target.numel():
                return None
            if call.training:
                stage.applied(f"targets {tuple(target.shape)} → {tuple(given.shape)}")
            return call.changed(target=target.reshape(given.shape))

        def difference(answer: torch.Tensor, target: torch.Tensor) -> Pair | None:
            if not _crossed(answer, target):
                return None
            stage.applied("targets of a difference written by hand reshaped")
            return answer, target.reshape(answer.shape)

        stage.on_loss(reshape)
        stage.on_difference(difference)


def _crossed(answer: torch.Tensor, target: torch.Tensor) -> bool:
    """A column against a row."""
    number = answer.numel()
    return number > 1 and {tuple(answer.shape), tuple(target.shape)} in (
        {(number, 1), (number,)}, {(number, 1), (1, number)},
    )  # fmt: skip
