"""Everything is computed in single precision: no autocast, no scaling of the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class FullPrecision(Intervention):
    """Autocast and gradient scalers are made switched off; what the script casts by hand stays cast."""

    name: ClassVar[str] = "full-precision"
    remedies: ClassVar[tuple[str, ...]] = ("full-precision",)
    changes: ClassVar[str] = "the precision of the computation"
    prompt: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting; where the script mixes no precisions it is not tested."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Switch both off where they are made."""
        import torch

        def off(original: Callable[..., None]) -> Callable[..., None]:
            def __init__(made: Any, *arguments: Any, **options: Any) -> None:  # noqa: N807
                original(made, *arguments, **options)
                if getattr(made, "_enabled", False):
                    made._enabled = False
                    stage.applied(f"{type(made).__name__} switched off")

            return __init__

        stage.replace(torch.amp.autocast, "__init__", off)
        stage.replace(torch.amp.GradScaler, "__init__", off)
