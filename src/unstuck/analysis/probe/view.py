"""A network before its training, as rules judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

from unstuck.analysis.view import Quantity, View
from unstuck.core.finding import Place
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events import Model, Optimizer
from unstuck.record.events.kinds import probe_kinds
from unstuck.record.events.probe.base import NotProbed, Probed, ProbeEvent, ProbeRun
from unstuck.record.reader import Record

Kind = TypeVar("Kind", bound=ProbeEvent)


def _quantity(kind: type[ProbeEvent]) -> Quantity:
    words = (kind.__doc__ or kind.kind).splitlines()[0].removesuffix(".")
    return Quantity(words[:1].lower() + words[1:], lambda view: view.of(kind))


@dataclass(frozen=True)
class ProbeView(View):
    """What all probes of a record measured. A rule may need any kind of event about probes, by the kind's name."""

    quantities: ClassVar[Mapping[str, Quantity]] = {name: _quantity(kind) for name, kind in probe_kinds().items()}

    @cached_property
    def about(self) -> Probed | None:
        """What was probed."""
        return self.one(Probed)

    @property
    def subject(self) -> Subject:
        """The network by its class."""
        return Subject(SubjectKind.PROBE, 0, self.about.network if self.about is not None else "")

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """The events of this kind."""
        return tuple(event for part in self.record.parts for event in part.of(kind))

    def one(self, kind: type[Kind]) -> Kind | None:
        """The only event of this kind; None where it was not measured."""
        return next(iter(self.of(kind)), None)

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """What of this was not measured, in words; why not, where the record says so."""
        reasons = {event.what: event.why for event in self.of(NotProbed)}
        lacking = [name for name in needs if name in self.quantities and not self.quantities[name].of(self)]
        return tuple(reasons.get(name, self.quantities[name].words) for name in lacking)

    def broken(self, needs: tuple[str, ...]) -> str:
        """The exception that ended a probe of one of these."""
        return next((event.why for event in self.of(NotProbed) if event.broke and event.what in needs), "")

    def applies(self, needs: tuple[str, ...]) -> bool:
        """Whether it was asked for: a rule does not concern a record whose probe was left out."""
        known = [name for name in needs if name in self.quantities]
        tried = {event.what for event in self.of(NotProbed)}
        return all(self.quantities[name].of(self) or name in tried for name in known)

    @property
    def runs(self) -> tuple[ProbeRun, ...]:
        """The probes that were made, in order."""
        return self.of(ProbeRun)

    def layer_place(self, layer: str | None) -> Place:
        """Where a layer was made, as far as the steps that were watched say so."""
        for model in (model for part in self.record.parts for model in part.of(Model)):
            for module in model.modules:
                if module.name == layer and module.file is not None:
                    return Place(layer=layer, file=module.file, line=module.line)
        return Place(layer=layer)

    def optimizer_place(self) -> Place:
        """Where the (first) optimiser was made."""
        for optimizer in (one for part in self.record.parts for one in part.of(Optimizer)):
            return Place(file=optimizer.file, line=optimizer.line)
        return Place()


def probe_views(record: Record) -> tuple[ProbeView, ...]:
    """The one view of a probe record."""
    return (ProbeView(record),)
