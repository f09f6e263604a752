"""Weight decay, times a factor; none at all by default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class WeightDecay(Intervention):
    """Every group's decay is multiplied when its optimiser is made; a penalty written into the loss stays."""

    name: ClassVar[str] = "weight-decay"
    remedies: ClassVar[tuple[str, ...]] = ("no-weight-decay", "lower-weight-decay")
    changes: ClassVar[str] = "the weight decay of every optimiser"
    prompt: ClassVar[bool] = True

    factor: float = 0.0

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """None; where the script has none it is not tested."""
        yield cls()

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """None, or a tenth."""
        if remedy == "no-weight-decay":
            yield cls(0.0)
        elif remedy == "lower-weight-decay":
            yield from (cls(0.1), cls(0.0))

    def install(self, stage: Stage) -> None:
        """Multiply the decay of each optimiser that the script makes."""

        def scale(optimizer: torch.optim.Optimizer) -> None:
            for settings in (optimizer.defaults, *optimizer.param_groups):
                if settings.get("weight_decay"):
                    settings["weight_decay"] = settings["weight_decay"] * self.factor
                    stage.applied(f"weight decay × {self.factor:g}")

        stage.on_optimizer(scale)

    @property
    def title(self) -> str:
        """``weight-decay × 0.1``, or ``no weight-decay``."""
        return f"{self.name} × {self.factor:g}" if self.factor else f"no {self.name}"
