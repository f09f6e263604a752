"""A data set, or one split of it, as rules judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from unstuck.analysis.view import Quantity, View
from unstuck.core.finding import Place
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events import ColumnProfile, Split
from unstuck.record.reader import Record


@dataclass(frozen=True)
class DatasetView(View):
    """One split of a data set."""

    quantities: ClassVar[Mapping[str, Quantity]] = {
        "columns": Quantity("profiles of the columns", lambda view: view.columns),
        "target": Quantity("a target column", lambda view: view.split.target),
    }

    split: Split

    @property
    def subject(self) -> Subject:
        """The split by its name."""
        return Subject(SubjectKind.DATASET, self.split.id, self.split.name)

    @cached_property
    def columns(self) -> tuple[ColumnProfile, ...]:
        """The profile of every column, in the order of the data."""
        return tuple(
            column for part in self.record.parts for column in part.of(ColumnProfile) if column.split == self.split.id
        )

    @property
    def features(self) -> tuple[ColumnProfile, ...]:
        """The columns that are not the target."""
        return tuple(column for column in self.columns if column.name != self.split.target)

    def place(self, column: str | None = None) -> Place:
        """Where in the user's data."""
        return Place(file=self.split.source or None, split=self.split.name, column=column)


def datasets(record: Record) -> tuple[DatasetView, ...]:
    """Every split of a data record."""
    return tuple(DatasetView(record, split) for part in record.parts for split in part.of(Split))
