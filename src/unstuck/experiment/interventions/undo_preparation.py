"""Held-out data is scaled as the training data is: nothing is trained otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.core.experiment import FigureKind
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.core.finding import Finding
    from unstuck.experiment.interventions.building_blocks.moments import Moments
    from unstuck.experiment.interventions.building_blocks.network_entry import Entry
    from unstuck.experiment.interventions.building_blocks.stage import Stage

INVERTED = "inverted"
LOOKED_AT = 512
"""held-out examples of a loader's data set that mean and spread are of"""
FLOOR = 1e-6
"""smallest spread, as a share of the training data's largest: a column that says nothing stays as it is"""


@dataclass(frozen=True)
class UndoPreparation(Intervention):
    """Mean and spread of the held-out data become those of the training data, as it enters the network.

    Of rows of numbers column by column, or of one column alone; of images for all their pixels alike, which keeps what
    they show.
    """

    name: ClassVar[str] = "undo-preparation"
    remedies: ClassVar[tuple[str, ...]] = (
        "undo-preparation", "undo-inversion", "undo-preparation-of-pixels", "undo-inversion-of-pixels",
    )  # fmt: skip
    changes: ClassVar[str] = "held-out data is scaled as the training data is"
    held_out_only: ClassVar[bool] = True

    split: str = ""
    """name of the held-out data; without one, all that is evaluated and not trained on"""
    column: str = ""
    """``column 3``; without one, all"""
    how: str = ""
    """``inverted`` where it is the negative"""
    whole: bool = False
    """all columns alike: they are pixels"""

    @classmethod
    def carrying_out(cls, remedy: str, finding: Finding | None = None) -> Iterator[Self]:
        """Of the split and the column that the finding names."""
        if remedy in cls.remedies:
            place = finding.place if finding is not None else None
            how, pixels = INVERTED if "inversion" in remedy else "", remedy.endswith("pixels")
            yield cls(place.split or "" if place else "", place.column or "" if place else "", how, pixels)

    @property
    def judged_by_examples(self) -> bool:
        """Always."""
        return True

    @property
    def about_figure(self) -> FigureKind | None:
        """What the network was not trained for, it does worse."""
        return FigureKind.WRONGS

    @property
    def title(self) -> str:
        """``undo-preparation (column 3, inverted)``."""
        parts = ", ".join(filter(None, (self.column, self.how)))
        return f"{self.name} ({parts})" if parts else self.name

    def install(self, stage: Stage) -> None:
        """Before every call of a network that is no training."""
        from unstuck.experiment.interventions.building_blocks.moments import Moments
        from unstuck.experiment.interventions.building_blocks.network_entry import NetworkEntry, column_of

        trained, held_out = Moments(), dict[int, Moments]()

        def change(entry: Entry) -> torch.Tensor | None:
            inputs = entry.inputs
            if entry.training:
                trained.update(self._rows(inputs))
                return None
            if entry.trained_on or not trained.count or not self._is_meant(entry.source):
                return None
            number = entry.origin.source if entry.origin is not None else -1
            mine = held_out.get(number)
            if mine is None:
                mine = held_out[number] = Moments()
                for batch in _some_of(stage, inputs):
                    mine.update(self._rows(batch))
            mine.update(self._rows(inputs))
            scaled = self._scaled(inputs, mine, trained)
            if self.column:
                changed = inputs.clone()
                to, of = column_of(changed, self.column), column_of(scaled, self.column)
                if to is None or of is None:
                    return None
                to.copy_(of)
                scaled = changed
            stage.applied("held-out data scaled as the training data is")
            return scaled

        NetworkEntry(stage, change)

    def _is_meant(self, source: str) -> bool:
        """The split of that name; the ledger's own names of nameless data begin with "held-out data"."""
        return not self.split or not source or self.split.startswith((source, "held-out data"))

    def _rows(self, inputs: torch.Tensor) -> torch.Tensor:
        """What mean and spread are of: columns, or all numbers alike."""
        return inputs.reshape(-1) if self._alike(inputs) else inputs.reshape(len(inputs), -1)

    def _alike(self, inputs: torch.Tensor) -> bool:
        return self.whole or (inputs.dim() > 2 and not self.column)

    def _scaled(self, inputs: torch.Tensor, mine: Moments, trained: Moments) -> torch.Tensor:
        import torch

        rows = inputs.double() if self._alike(inputs) else inputs.reshape(len(inputs), -1).double()
        spread, wanted = mine.spread, trained.spread
        factor = torch.where(spread > FLOOR * spread.max(), wanted / spread.clamp_min(1e-300), torch.ones_like(spread))
        sign = -1.0 if self.how == INVERTED else 1.0
        return (trained.mean + sign * (rows - mine.mean) * factor).to(inputs.dtype).reshape(inputs.shape)


def _some_of(stage: Stage, like: torch.Tensor) -> Iterator[torch.Tensor]:
    """More of the same held-out data: of the data set behind a loader, or of the user's tensor. Our own reading."""
    import torch

    ledger = stage.turn.ledger
    if ledger is None:
        return
    dataset: Any = ledger.dataset_drawn()
    if dataset is None:
        return
    step = max(1, len(dataset) // LOOKED_AT)
    found = []
    for row in range(0, len(dataset), step):
        example = dataset[row]
        first = example[0] if isinstance(example, tuple | list) else example
        if not isinstance(first, torch.Tensor) or first.shape != like.shape[1:]:
            return
        found.append(first)
    if found:
        yield torch.stack(found).to(like)
