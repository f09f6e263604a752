"""A column of the inputs says nothing any more: everywhere it has its mean in training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.core.experiment import FigureKind
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.network_entry import Entry
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class DropColumn(Intervention):
    """Shapes stay, in training and in evaluation.

    How much of the held-out figure rests on the column is what shows; where the column tells the label in training
    only, that the figure is better without it.
    """

    name: ClassVar[str] = "drop-column"
    remedies: ClassVar[tuple[str, ...]] = ("drop-column", "drop-lost-column")
    changes: ClassVar[str] = "a column has its training mean everywhere"
    held_out_only: ClassVar[bool] = True

    column: str = ""
    """as findings call it: ``column 3``; the number alone will do"""
    lost: bool = False
    """it tells the label in training only"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The column that the finding is about."""
        if remedy in cls.remedies:
            yield cls((finding.place.column or "") if finding is not None else "", remedy == "drop-lost-column")

    @property
    def judged_by_examples(self) -> bool:
        """Always."""
        return True

    @property
    def about_figure(self) -> FigureKind | None:
        """What rests on the column is not there in use; a column that is lost in held-out data only misleads."""
        return None if self.lost else FigureKind.RESTS

    @property
    def title(self) -> str:
        """``drop-column 3``."""
        return f"{self.name} {self.column.removeprefix('column ')}".strip()

    def install(self, stage: Stage) -> None:
        """Before every call of a network."""
        from unstuck.experiment.interventions.building_blocks.moments import Moments
        from unstuck.experiment.interventions.building_blocks.network_entry import NetworkEntry, column_of

        moments = Moments()

        def change(entry: Entry) -> torch.Tensor | None:
            changed = entry.inputs.clone()
            column = column_of(changed, self.column)
            if column is None:
                return None
            if entry.training:
                moments.update(column)
            column.fill_(float(moments.mean) if moments.count else float(column.mean()))
            stage.applied("a column has its mean everywhere")
            return changed

        NetworkEntry(stage, change)
