"""A learning rate of zero becomes one that moves the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class SetLearningRate(Intervention):
    """Where a step would have a rate of 0: the rate that the optimiser was made with, or a usual one."""

    name: ClassVar[str] = "set-learning-rate"
    remedies: ClassVar[tuple[str, ...]] = ("set-learning-rate",)
    changes: ClassVar[str] = "a learning rate of zero"

    adaptive: float = 1e-3
    """where the optimiser was made with 0 and divides gradients by their size"""
    other: float = 1e-2

    def install(self, stage: Stage) -> None:
        """Look at the rate of each step."""
        made: dict[int, float] = {}

        def remember(optimizer: torch.optim.Optimizer) -> None:
            made.update({id(group): float(group["lr"]) for group in optimizer.param_groups if "lr" in group})

        def rate(group: dict[str, Any], own: float) -> float:
            if own:
                return own
            stage.applied("a rate of 0 set")
            return made.get(id(group)) or (self.adaptive if "betas" in group else self.other)

        stage.on_settled_optimizer(remember)
        stage.on_rate(rate)

    @property
    def title(self) -> str:
        """Its name: the rates are defaults."""
        return self.name
