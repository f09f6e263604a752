"""Layer normalisation behind the hidden layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class LayerNorm(Intervention):
    """Between a linear or convolution layer and its activation, where no norm stands; learned at the script's rate."""

    name: ClassVar[str] = "layer-norm"
    changes: ClassVar[str] = "layer normalisation behind the hidden layers"

    def install(self, stage: Stage) -> None:
        """Norm the output of each hidden layer, from the second forward on."""
        from unstuck.experiment.interventions.building_blocks.inserted_norm import Norm, insert

        insert(stage, "layer normalisation behind a hidden layer", Norm.over_the_units)
