"""The held-out figure without the examples that stand in the training data: nothing is trained otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.core.experiment import FigureKind
from unstuck.core.row_numbers import from_words, in_words
from unstuck.core.words import count
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class DropLeaked(Intervention):
    """Of the same branch the figure of all held-out examples, and that of those that are not listed."""

    name: ClassVar[str] = "drop-leaked"
    remedies: ClassVar[tuple[str, ...]] = ("drop-leaked",)
    changes: ClassVar[str] = "leaked examples do not count in the held-out figure"
    held_out_only: ClassVar[bool] = True

    rows: str = ""
    split: str = ""
    """name of the held-out data; without one the largest"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Of the rows that the finding lists."""
        if remedy in cls.remedies and finding is not None and finding.examples is not None:
            yield cls(in_words(finding.examples.indices), finding.place.split or "")
        elif remedy in cls.remedies:
            yield cls()

    @property
    def judged_by_examples(self) -> bool:
        """Always."""
        return True

    @property
    def trains_as_it_was(self) -> bool:
        """Always."""
        return True

    @property
    def about_figure(self) -> FigureKind | None:
        """What a network has seen it does better."""
        return FigureKind.FLATTERS

    @property
    def title(self) -> str:
        """``drop-leaked (37 rows)``."""
        return f"{self.name} ({count(len(from_words(self.rows)), 'row')})"

    def install(self, stage: Stage) -> None:
        """Nothing is to be done in the branch."""
        stage.applied("nothing")
