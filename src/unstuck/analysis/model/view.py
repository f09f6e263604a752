"""A trained model on data, as rules judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

from unstuck.analysis.data.view import DatasetView, datasets
from unstuck.analysis.view import Quantity, View
from unstuck.core.finding import Examples, Place
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events.kinds import model_kinds
from unstuck.record.events.model.base import Evaluated, ModelEvent, NotEvaluated
from unstuck.record.events.model.numbers import MetricScore
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record

Kind = TypeVar("Kind", bound=ModelEvent)


def _quantity(kind: type[ModelEvent]) -> Quantity:
    words = (kind.__doc__ or kind.kind).splitlines()[0].removesuffix(".")
    return Quantity(words[:1].lower() + words[1:], lambda view: view.of(kind))


@dataclass(frozen=True)
class ModelView(View):
    """A model with what was measured of it. A rule may need any kind of event about models, by the kind's name."""

    quantities: ClassVar[Mapping[str, Quantity]] = {name: _quantity(kind) for name, kind in model_kinds().items()}

    about: Evaluated

    @property
    def subject(self) -> Subject:
        """The model by its class."""
        return Subject(SubjectKind.MODEL, 0, self.about.model)

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """The events of this kind."""
        return tuple(event for part in self.record.parts for event in part.of(kind))

    def one(self, kind: type[Kind]) -> Kind | None:
        """The only event of this kind; None where it was not measured."""
        return next(iter(self.of(kind)), None)

    def score(self, metric: str) -> MetricScore | None:
        """The score by one metric; None where it was not worked out."""
        return next((one for one in self.of(MetricScore) if one.metric == metric), None)

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What of this was not measured, in words; why not, where the record says so."""
        reasons = {event.what: event.why for event in self.of(NotEvaluated)}
        lacking = [name for name in needs if name in self.quantities and not self.quantities[name].of(self)]
        return tuple(reasons.get(name, self.quantities[name].words) for name in lacking)

    def broken(self, needs: tuple[str, ...]) -> str:
        """The exception that ended a measurement of one of these."""
        return next((event.why for event in self.of(NotEvaluated) if event.broke and event.what in needs), "")

    def applies(self, needs: tuple[str, ...]) -> bool:
        """Whether it can be asked of this task: a confusion is no question of a regression."""
        known = [name for name in needs if name in self.quantities]
        tried = {event.what for event in self.of(NotEvaluated)}
        return all(self.quantities[name].of(self) or name in tried for name in known)

    @cached_property
    def data(self) -> DatasetView | None:
        """The split that was predicted."""
        return next((view for view in datasets(self.record) if view.split.id == self.about.split), None)

    def place(self, *, row: int | None = None, label: str | None = None, column: str | None = None) -> Place:
        """Where in the data that was predicted."""
        if self.data is None:
            return Place(split="test", row=row, label=label, column=column)
        return self.data.place(column, row=row, label=label)

    def examples(self, rows: tuple[int, ...], count: int | None = None, of: str = "rows") -> Examples:
        """Some of the rows that were predicted.

        Args:
            rows: worst first.
            count: how many there are, if more than are listed.
            of: what they are.
        """
        number = len(rows) if count is None else count
        names = tuple(self.data.names.get(row, "") for row in rows) if self.data is not None else ()
        return Examples(
            of=of, count=number, share=number / max(1, self.about.examples), indices=rows,
            names=names if any(names) else (),
        )  # fmt: skip


def model_views(record: Record) -> tuple[ModelView, ...]:
    """The model of a record; none for a record of another kind, or one that ended before anything was predicted."""
    if record.manifest.kind is not RecordKind.MODEL:
        return ()
    about = next((event for part in record.parts for event in part.of(Evaluated)), None)
    return () if about is None else (ModelView(record, about),)
