"""A change that changes nothing that matters: other random numbers from the first call of the network on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Placebo(Intervention):
    """Draws numbers and throws them away, so that order of data and dropout masks are others, no better and no worse.

    For those who test the method: a placebo that is *verified* is a false proof.
    """

    name: ClassVar[str] = "placebo"
    changes: ClassVar[str] = "which random numbers are drawn"

    draws: float = 1.0

    def install(self, stage: Stage) -> None:
        """Draw once, when the first network is called."""
        import torch

        def draw(*_: Any) -> None:
            torch.rand(int(self.draws))
            stage.applied(f"{self.draws:g} random numbers drawn")

        stage.on_network(draw)
