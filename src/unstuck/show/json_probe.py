"""The facts of a probe record as JSON: everything that was measured, by the kind of its event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.probe.view import probe_views
from unstuck.record.events.probe.base import NotProbed, Probed, ProbeEvent, ProbeRun
from unstuck.show.json_data import whole

if TYPE_CHECKING:
    from unstuck.record.reader import Record

Json = dict[str, Any]
OWN_PLACE = (NotProbed, ProbeRun, Probed)


def probe_facts_as_json(record: Record) -> Json:
    """What was probed, what was measured, what was not and why."""
    events = [event for part in record.parts for event in part.events if isinstance(event, ProbeEvent)]
    measured = {event.kind: whole(event) for event in events if not isinstance(event, OWN_PLACE)}
    about = [view.about for view in probe_views(record) if view.about is not None]
    return {
        "probed": whole(about[0]) if about else None,
        "probes": [whole(event) for event in events if isinstance(event, ProbeRun)],
        "measured": measured,
        "not_measured": [whole(event) for event in events if isinstance(event, NotProbed)],
    }
