"""The optimiser holds every parameter that gets a gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.interventions.building_blocks.param_groups import add_parameters, nearest, without_optimiser

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage

LOOKS = 20
"""steps of each optimiser before which is looked for parameters that are in none"""


@dataclass(frozen=True)
class OptimiseAllParameters(Intervention):
    """What no optimiser holds goes to the one that holds most of the same network."""

    name: ClassVar[str] = "optimise-all-parameters"
    remedies: ClassVar[tuple[str, ...]] = (
        "optimise-all-parameters", "register-layers", "optimise-the-network-in-use",
    )  # fmt: skip
    changes: ClassVar[str] = "parameters in no optimiser are given to one"
    prompt: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting; where all are held it is not tested."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Before the first steps, look at what has got a gradient."""
        looks: dict[tuple[int, int], int] = {}

        def look(optimizer: torch.optim.Optimizer) -> None:
            key = id(optimizer), len(stage.networks)
            looks[key] = looks.get(key, 0) + 1
            optimizers = stage.optimizers or [optimizer]
            if looks[key] > LOOKS:
                return
            for network in stage.networks:
                graded = [p for p in network.parameters() if p.requires_grad and p.grad is not None]
                missing = without_optimiser(graded, optimizers)
                if missing:
                    add_parameters(missing, nearest(network.parameters(), optimizers))
                    stage.applied("parameters given to the optimiser")

        stage.before_step(look)
