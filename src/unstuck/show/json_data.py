"""The facts of a data record as JSON: everything that was measured, so that a program can act on it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from unstuck.analysis.data.class_counts import class_counts
from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample
from unstuck.record.events.data.splits import NotMeasured
from unstuck.show.json_baseline import BASELINE_EVENTS, baseline_as_json

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.reader import Record

Json = dict[str, Any]
OF_A_RUN = {"time", "step", "training", "of_loader", "located", "file", "line"}
"""fields that every event has, and that say nothing about data"""
NO_FACTS = (ColumnProfile, ShownExample, NotMeasured, *BASELINE_EVENTS)
"""events that have a place of their own"""


def facts_as_json(record: Record) -> Json:
    """Splits, columns, what was measured by the kind of its event, what was not and why, and the examples kept."""
    views = datasets(record)
    events = [event for part in record.parts for event in part.events if isinstance(event, DataEvent)]
    measured: dict[str, list[Json]] = {}
    for event in events:
        if not isinstance(event, NO_FACTS):
            measured.setdefault(event.kind, []).append(whole(event))
    return {
        "splits": [_split(view) for view in views],
        "columns": [whole(event) for event in events if isinstance(event, ColumnProfile)],
        "measured": measured,
        "baseline": baseline_as_json(views),
        "not_measured": [whole(event) for event in events if isinstance(event, NotMeasured)],
        "examples": [_example(event) for event in events if isinstance(event, ShownExample)],
    }


def _split(view: DatasetView) -> Json:
    counted = dict(class_counts(view))
    names = dict.fromkeys([*view.split.classes, *counted])
    return {
        **whole(view.split),
        "classes": [{"name": name, "count": counted.get(name, 0) if counted else None} for name in names],
    }


def _example(event: ShownExample) -> Json:
    """Without its image, which only a person can use."""
    kept = whole(event)
    del kept["image"]
    return {**kept, "cells": dict(event.cells)}


def whole(value: Any) -> Any:
    """A dataclass as a dictionary, at every depth, with every field."""
    if is_dataclass(value):
        held = {field.name: whole(getattr(value, field.name)) for field in fields(value)}
        return {name: item for name, item in held.items() if name not in OF_A_RUN}
    if isinstance(value, list | tuple):
        return [whole(item) for item in value]
    return value.value if isinstance(value, Enum) else value
