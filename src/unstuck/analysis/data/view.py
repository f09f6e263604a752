"""A data set, or one split of it, as rules judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

from unstuck.analysis.view import Quantity, View
from unstuck.core.finding import Examples, Place
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample
from unstuck.record.events.data.splits import NotMeasured, Split
from unstuck.record.events.kinds import data_kinds
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record

Kind = TypeVar("Kind", bound=DataEvent)


def _quantity(kind: type[DataEvent]) -> Quantity:
    words = (kind.__doc__ or kind.kind).splitlines()[0].removesuffix(".")
    return Quantity(words[:1].lower() + words[1:], lambda view: view.of(kind))


@dataclass(frozen=True)
class DatasetView(View):
    """One split of a data set. A rule may need any kind of event about data sets, by the kind's name."""

    quantities: ClassVar[Mapping[str, Quantity]] = {
        "target": Quantity("a target", lambda view: view.split.target),
        **{name: _quantity(kind) for name, kind in data_kinds().items()},
    }

    split: Split

    @property
    def subject(self) -> Subject:
        """The split by its name."""
        return Subject(SubjectKind.DATASET, self.split.id, self.split.name)

    @property
    def of_run(self) -> bool:
        """Whether it is what passed through a training."""
        return self.split.training is not None

    @property
    def can_be_tried(self) -> bool:
        """Whether an experiment can find its rows again: it passed through a training, from known positions."""
        return self.of_run and self.split.located

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """The events of this kind about this split."""
        return tuple(event for part in self.record.parts for event in part.of(kind) if event.split == self.split.id)

    def one(self, kind: type[Kind]) -> Kind | None:
        """The only event of this kind about this split; None where it was not measured."""
        return next(iter(self.of(kind)), None)

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What of this was not measured, in words; why not, where the record says so."""
        reasons = {event.what: event.why for event in self.of(NotMeasured)}
        lacking = [name for name in needs if name in self.quantities and not self.quantities[name].of(self)]
        return tuple(reasons.get(name, self.quantities[name].words) for name in lacking)

    def broken(self, needs: tuple[str, ...]) -> str:
        """The exception that ended a measurement of one of these."""
        return next((event.why for event in self.of(NotMeasured) if event.broke and event.what in needs), "")

    def applies(self, needs: tuple[str, ...]) -> bool:
        """Not where its facts need examples of another form, nor where they are measured on other splits only.

        Leaks are measured on held-out splits only; where nobody says why they are not measured here, they cannot be.
        """
        needed = [kind for name, kind in data_kinds().items() if name in needs]
        if any(self.split.form not in kind.forms for kind in needed):
            return False
        if self.record.manifest.kind is RecordKind.MODEL:  # nothing but the model was to be judged
            return bool(needed) and all(self.of(kind) for kind in needed)
        reasons = {event.what for event in self.of(NotMeasured)}
        return all(
            self.of(kind) or kind.kind in reasons or not (self.of_run or self._anywhere(kind)) for kind in needed
        )

    def _anywhere(self, kind: type[DataEvent]) -> bool:
        return any(part.of(kind) for part in self.record.parts)

    @cached_property
    def columns(self) -> tuple[ColumnProfile, ...]:
        """The profile of every column, in the order of the data."""
        return self.of(ColumnProfile)

    @property
    def features(self) -> tuple[ColumnProfile, ...]:
        """The columns that are not targets."""
        targets = {self.split.target, *self.split.targets}
        return tuple(column for column in self.columns if column.name not in targets)

    @cached_property
    def names(self) -> Mapping[int, str]:
        """Paths or keys of the examples that a report shows, by their rows."""
        return {shown.row: shown.name for shown in self.of(ShownExample) if shown.name and shown.batch is None}

    @cached_property
    def splits(self) -> Mapping[int, Split]:
        """All splits of the data set by their ids."""
        return {split.id: split for part in self.record.parts for split in part.of(Split)}

    def place(self, column: str | None = None, *, row: int | None = None, label: str | None = None) -> Place:
        """Where in the user's data."""
        if self.of_run:
            file, line = self.split.file, self.split.line
            column = None if column == self.split.target else column  # labels are no column of the user's
            return Place(file=file, line=line, split=self.split.name, column=column, row=row, label=label)
        return Place(file=self.split.source or None, split=self.split.name, column=column, row=row, label=label)

    def examples(self, rows: tuple[int, ...], count: int | None = None, of: str = "rows") -> Examples:
        """Some rows of this split as those that a finding is about.

        Args:
            rows: worst first.
            count: how many there are, if more than are listed.
            of: what they are.
        """
        number = len(rows) if count is None else count
        looked_at = self.split.looked_at or self.split.rows
        names = tuple(self.names.get(row, "") for row in rows)
        return Examples(
            of=of, count=number, share=number / max(1, looked_at), indices=rows, names=names if any(names) else ()
        )


def datasets(record: Record) -> tuple[DatasetView, ...]:
    """Every split of a data record."""
    return tuple(DatasetView(record, split) for part in record.parts for split in part.of(Split))
