"""Batch normalisation behind the hidden layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class BatchNorm(Intervention):
    """Between a linear or convolution layer and its activation, where no norm stands; learned at the script's rate."""

    name: ClassVar[str] = "batch-norm"
    remedies: ClassVar[tuple[str, ...]] = ("batch-normalisation",)
    changes: ClassVar[str] = "batch normalisation behind the hidden layers"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Norm the output of each hidden layer, from the second forward on."""
        from unstuck.experiment.interventions.building_blocks.inserted_norm import Norm, insert

        insert(stage, "batch normalisation behind a hidden layer", Norm.over_the_batch)
