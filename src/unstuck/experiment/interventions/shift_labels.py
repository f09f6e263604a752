"""Labels moved back to the inputs that they belong to: all of them, or those of a stretch of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage
    from unstuck.experiment.interventions.building_blocks.training_rows import Recipe


@dataclass(frozen=True)
class ShiftLabels(Intervention):
    """Row *i* gets the label of row *i + lag*; a row for which there is none is replaced by another one."""

    name: ClassVar[str] = "shift-labels"
    remedies: ClassVar[tuple[str, ...]] = ("shift-labels",)
    changes: ClassVar[str] = "labels are moved by some rows"
    held_out_only: ClassVar[bool] = True

    lag: int = 1
    """rows by which labels are late"""
    start: int = 0
    stop: int = 0
    """the stretch of rows; 0: to the end"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """By the lag that was found, in the stretch that was found."""
        if remedy not in cls.remedies:
            return
        lag = finding.measured("lag") if finding is not None else None
        if finding is None:
            yield cls()
        elif lag is not None:
            rows = finding.examples
            start = rows.indices[0] if rows is not None and rows.indices else 0
            yield cls(round(lag.value), start, start + rows.count if rows is not None and rows.indices else 0)

    @property
    def judged_by_examples(self) -> bool:
        """Always."""
        return True

    @property
    def held_out_lag(self) -> int:
        """Where the whole file is out of step, what is held out of it is so, too."""
        return 0 if self.stop else int(self.lag)

    @property
    def title(self) -> str:
        """``shift-labels by 1``, ``shift-labels by -2 in rows 40 to 79``."""
        stretch = f" in rows {self.start} to {self.stop - 1}" if self.stop else ""
        return f"{self.name} by {self.lag:g}{stretch}"

    def install(self, stage: Stage) -> None:
        """Of what is trained on."""
        from unstuck.experiment.interventions.building_blocks.training_rows import TrainingRows

        TrainingRows(stage, self.recipe, "labels moved")

    def recipe(self, size: int) -> Recipe | None:
        """From which row each label comes."""
        from unstuck.experiment.interventions.building_blocks.training_rows import Recipe, dropped

        first, end, lag = self.start, min(self.stop or size, size), int(self.lag)
        labels = {row: row + lag for row in range(first, end) if first <= row + lag < end}
        without = dropped([row for row in range(first, end) if row not in labels], size)
        if not labels or not lag or without is None:
            return None
        inputs = dict(without.inputs)
        ends = {row: labels.get(instead, instead) for row, instead in inputs.items()}
        return Recipe(inputs, {**labels, **ends})
