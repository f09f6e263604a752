"""A value that stands for a missing one is replaced by the median of its column in training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.network_entry import Entry
    from unstuck.experiment.interventions.building_blocks.stage import Stage

TOLERANCE = 1e-4
"""relative distance within which a value is the sentinel: data may have been divided since"""
MOST_KEPT = 4096
"""values of the column that the median is of"""


@dataclass(frozen=True)
class ReplaceSentinels(Intervention):
    """In training and in evaluation alike, as the data enters the network."""

    name: ClassVar[str] = "replace-sentinels"
    remedies: ClassVar[tuple[str, ...]] = ("replace-sentinels",)
    changes: ClassVar[str] = "a value that stands for a missing one becomes the median of its column"
    held_out_only: ClassVar[bool] = True

    at: str = ""
    """column and value: ``column 3: -999``; the number of the column will do"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """The column and the value that the finding names."""
        if remedy not in cls.remedies:
            return
        if finding is None:
            yield cls()
        elif finding.place.column and (value := finding.measured("sentinel_value")) is not None:
            yield cls(f"{finding.place.column}: {value.value!r}")

    @property
    def judged_by_examples(self) -> bool:
        """Always."""
        return True

    def install(self, stage: Stage) -> None:
        """Before every call of a network."""
        import torch

        from unstuck.experiment.interventions.building_blocks.network_entry import NetworkEntry, column_of

        name, _, text = self.at.rpartition(":")
        sentinel = float(text) if text.strip() else float("nan")
        seen: list[torch.Tensor] = []

        def change(entry: Entry) -> torch.Tensor | None:
            changed = entry.inputs.clone()
            column = column_of(changed, name)
            if column is None:
                return None
            found = (column - sentinel).abs() <= TOLERANCE * max(1.0, abs(sentinel))
            if entry.training and sum(map(len, seen)) < MOST_KEPT:
                seen.append(column[~found])
            known = torch.cat(seen) if seen else column[~found]
            if not found.any() or not len(known):
                return None
            column[found] = known.median()
            stage.applied("sentinels replaced by the median of their column")
            return changed

        NetworkEntry(stage, change)
