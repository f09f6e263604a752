"""The dropout between the last layer and the loss is undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class RemoveOutputDropout(Intervention):
    """The loss is given what went into the dropout; its random numbers are drawn as before."""

    name: ClassVar[str] = "remove-output-dropout"
    remedies: ClassVar[tuple[str, ...]] = ("remove-output-dropout",)
    changes: ClassVar[str] = "the dropout between the last layer and the loss is undone"

    def install(self, stage: Stage) -> None:
        """Give each loss the whole answers."""
        from unstuck.experiment.interventions.building_blocks.provenance import Kind

        provenance = stage.provenance()

        def undo(call: LossCall) -> LossCall | None:
            whole = provenance.without(call.given, Kind.DROPOUT)
            if whole is None:
                return None
            if call.training:
                stage.applied("dropout on the output undone")
            return call.changed(given=whole)

        stage.on_loss(undo)
