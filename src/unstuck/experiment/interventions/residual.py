"""Each hidden layer's input is added to its output, where they have the same shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Residual(Intervention):
    """In a plain stack; the sum is taken before the activation, and a network that has sums of its own keeps them."""

    name: ClassVar[str] = "residual"
    remedies: ClassVar[tuple[str, ...]] = ("residual-connections",)
    changes: ClassVar[str] = "each hidden layer's input is added to its output"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Add the input of each hidden layer that keeps its shape, from the second forward on."""
        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

        structure = NetworkStructure(stage)
        plain: dict[int, bool] = {}

        def add(layer: torch.nn.Module, given: torch.Tensor, output: torch.Tensor) -> torch.Tensor | None:
            if id(layer) not in plain:
                links = structure.links.get(layer, [])
                plain[id(layer)] = bool(links) and all(link.activated for link in links)
            if not plain[id(layer)] or given.shape != output.shape:
                return None
            stage.applied("input added to the output of a hidden layer")
            return output + given

        structure.change_output.append(add)
