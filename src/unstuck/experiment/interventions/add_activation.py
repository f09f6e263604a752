"""A ReLU between layers that have nothing between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class AddActivation(Intervention):
    """Behind every layer whose output reaches the next one unbent, from the second forward on."""

    name: ClassVar[str] = "add-activation"
    remedies: ClassVar[tuple[str, ...]] = ("add-activation",)
    changes: ClassVar[str] = "a ReLU between layers that have none"

    def install(self, stage: Stage) -> None:
        """Rectify the output of each such layer."""
        import torch

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

        structure = NetworkStructure(stage)
        bare: dict[int, bool] = {}

        def rectify(layer: torch.nn.Module, _: torch.Tensor, output: torch.Tensor) -> torch.Tensor | None:
            if id(layer) not in bare:
                links = structure.links.get(layer, [])
                bare[id(layer)] = bool(links) and not any(link.activated for link in links)
            if not bare[id(layer)]:
                return None
            stage.applied("a ReLU behind a layer that had none")
            return torch.relu(output)

        structure.change_output.append(rectify)
