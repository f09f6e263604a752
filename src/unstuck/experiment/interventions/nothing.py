"""Nothing is changed: the control, and a placebo for those who test the method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Nothing(Intervention):
    """A treatment that is none: whatever difference it shows is the method's own error."""

    name: ClassVar[str] = "nothing"
    changes: ClassVar[str] = "nothing"

    def install(self, stage: Stage) -> None:
        """Change nothing, and say so."""
        stage.applied("nothing")
