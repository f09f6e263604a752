"""All kinds of events by their names in the file. Only readers ask for them: a run's recorder knows what it writes."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from unstuck.record.events import data, model, probe
from unstuck.record.events.base import Event
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.probe.base import ProbeEvent


def _subclasses(kind: type[Event]) -> Iterator[type[Event]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


@cache
def kinds() -> Mapping[str, type[Event]]:
    """The name in the file → the event."""
    import unstuck.record.events
    import unstuck.record.events.study

    _load(data)
    _load(probe)
    _load(model)
    return {kind.kind: kind for kind in _subclasses(unstuck.record.events.Event) if hasattr(kind, "kind")}


@cache
def data_kinds() -> Mapping[str, type[DataEvent]]:
    """The name in the file → the event, of those about a split of a data set."""
    _load(data)
    return {kind.kind: kind for kind in _subclasses(DataEvent) if hasattr(kind, "kind") and issubclass(kind, DataEvent)}


@cache
def probe_kinds() -> Mapping[str, type[ProbeEvent]]:
    """The name in the file → the event, of those about a network before it is trained."""
    _load(probe)
    found = (kind for kind in _subclasses(ProbeEvent) if hasattr(kind, "kind"))
    return {kind.kind: kind for kind in found if issubclass(kind, ProbeEvent)}


@cache
def model_kinds() -> Mapping[str, type[ModelEvent]]:
    """The name in the file → the event, of those about a trained model on data."""
    _load(model)
    found = (kind for kind in _subclasses(ModelEvent) if hasattr(kind, "kind"))
    return {kind.kind: kind for kind in found if issubclass(kind, ModelEvent)}


def _load(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
