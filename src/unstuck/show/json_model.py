"""The facts of a model record as JSON: what was evaluated, everything that was measured, and the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.data.view import datasets
from unstuck.analysis.model.view import model_views
from unstuck.record.events.model.base import Evaluated, ModelEvent, NotEvaluated
from unstuck.show.json_data import whole

if TYPE_CHECKING:
    from unstuck.record.reader import Record

Json = dict[str, Any]


def model_facts_as_json(record: Record) -> Json | None:
    """Facts by the kind of their event; None where nothing was predicted."""
    view = next(iter(model_views(record)), None)
    if view is None:
        return None
    measured: dict[str, list[Json]] = {}
    events = [event for part in record.parts for event in part.events if isinstance(event, ModelEvent)]
    for event in events:
        if not isinstance(event, (Evaluated, NotEvaluated)):
            measured.setdefault(event.kind, []).append(whole(event))
    return {
        "evaluated": whole(view.about),
        "splits": [whole(one.split) for one in datasets(record)],
        "measured": measured,
        "not_measured": [whole(event) for event in events if isinstance(event, NotEvaluated)],
    }
