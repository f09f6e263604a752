"""More passes over the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class MoreEpochs(Intervention):
    """The loop over epochs of the source is longer; so is a schedule, where it counts the same assigned number.

    A longer run lowers the training loss nearly always, also where it overfits: the held-out loss tells.
    """

    name: ClassVar[str] = "more-epochs"
    remedies: ClassVar[tuple[str, ...]] = ("train-longer",)
    changes: ClassVar[str] = "the number of epochs"
    prompt: ClassVar[bool] = True
    held_out_only: ClassVar[bool] = True

    factor: int = 2

    def __post_init__(self) -> None:
        if self.factor != int(self.factor) or self.factor < 2:
            raise TypeError(f"factor is a whole number from 2 upwards, and not {self.factor:g}")
        object.__setattr__(self, "factor", int(self.factor))

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Twice as many."""
        if remedy in cls.remedies:
            yield cls()

    @property
    def lengthens(self) -> int:
        """As often as the loop."""
        return self.factor

    @property
    def title(self) -> str:
        """``more-epochs × 2``."""
        return f"{self.name} × {self.factor}"

    def install(self, stage: Stage) -> None:
        """Change the loop where the source is compiled."""
        from unstuck.experiment.edits.building_blocks.edit import Wanted
        from unstuck.experiment.edits.building_blocks.script import Script
        from unstuck.experiment.edits.more_epochs import MoreEpochs as InSource
        from unstuck.experiment.interventions.building_blocks.recompiled_source import recompile

        wanted = Wanted(remedy=self.name, settings={"factor": self.factor})

        def longer(source: str) -> str | None:
            script = Script(source)
            changes = InSource().changes(script, wanted)
            changed = script.with_changes(changes) if changes else None
            if changed is not None:
                stage.applied(f"{self.factor} times as many epochs")
            return changed

        recompile(longer)
