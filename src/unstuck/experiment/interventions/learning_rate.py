"""The learning rate, times a factor."""

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
class LearningRate(Intervention):
    """Every group's rate is multiplied when its optimiser is made, so that a schedule scales with it."""

    name: ClassVar[str] = "learning-rate"
    remedies: ClassVar[tuple[str, ...]] = ("raise-learning-rate", "lower-learning-rate")
    changes: ClassVar[str] = "the learning rate of every optimiser"
    prompt: ClassVar[bool] = True

    factor: float = 0.1

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """A ladder of half and whole decades."""
        for factor in (0.01, 0.1, 0.3, 3.0, 10.0, 100.0):
            yield cls(factor)

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The factor that the finding names and a gentler one; a hundred and ten where it names none."""
        if remedy in cls.remedies:
            evidence = finding.evidence if finding is not None else ()
            named = [one.value for one in evidence if one.key == "rate_factor"]
            largest = max([*named, 10.0]) if named else 100.0
            for factor in (largest, largest / 10) if largest > 10 else (largest, 10 * largest):
                yield cls(factor if remedy == "raise-learning-rate" else 1.0 / factor)

    def further(self) -> Self:
        """A decade more in the same direction."""
        return type(self)(self.factor * (10.0 if self.factor > 1 else 0.1))

    def install(self, stage: Stage) -> None:
        """Multiply the rates of each optimiser that the script makes."""
        from torch.utils.weak import WeakTensorKeyDictionary

        from unstuck.experiment.interventions.building_blocks.manual_updates import raw_tensors

        hooked = WeakTensorKeyDictionary()

        def scale(optimizer: torch.optim.Optimizer) -> None:
            for group in optimizer.param_groups:
                group["lr"] = group["lr"] * self.factor
            optimizer.defaults["lr"] = optimizer.defaults.get("lr", 0.0) * self.factor
            stage.applied(f"learning rate × {self.factor:g}")

        def scale_raw(loss: torch.Tensor) -> None:
            """A longer gradient is a higher rate, where a script moves its tensors by hand."""
            for leaf in raw_tensors(stage, loss):
                if leaf not in hooked:
                    hooked[leaf] = True
                    leaf.register_hook(lambda gradient: gradient * self.factor)  # type: ignore[no-untyped-call]
                    stage.applied(f"gradient × {self.factor:g}")

        stage.on_optimizer(scale)
        stage.before_backward(scale_raw)

    @property
    def title(self) -> str:
        """``learning-rate × 0.1``."""
        return f"{self.name} × {self.factor:g}"
