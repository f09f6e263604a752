"""The loss calls that a finding is about, and the x axis of single looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.show.figure import Axis
from unstuck.show.figures.evidence.curve import since_start
from unstuck.show.figures.learning_curve import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event
    from unstuck.record.training import Training
    from unstuck.show.figures.evidence.told import Array


def calls_of(finding: Finding, training: Training, *functions: str) -> tuple[Event, ...]:
    """Those that were trained on, or raised, by these functions; at the finding's lines, where any are."""
    calls = tuple(
        call
        for call in training.loss_calls
        if call.get("phase") in ("train", "raised") and (not functions or call.get("function") in functions)
    )
    places = [place for place in (finding.place, finding.used_at) if place is not None and place.line is not None]
    lines = {(place.file, place.line) for place in places}
    return tuple(call for call in calls if (call.get("file"), call.get("line")) in lines) or calls


def facts(calls: Iterable[Event], side: str, *names: str) -> tuple[Event, ...]:
    """The calls whose ``input`` or ``target`` tells all of these numbers."""
    return tuple(call for call in calls if all(call[side].get(name) is not None for name in names))


def positions(training: Training, events: Sequence[Event]) -> Array:
    """Their steps since the beginning of the training."""
    return since_start(training, [float(event["step"]) for event in events])


def looks_axis(training: Training) -> Axis:
    """Backward calls, with room before the first: what was seen there is not cut."""
    low, high = span(training)
    room = 0.02 * (high - low) if high - low > 1 else 0.5
    return Axis(label="backward calls, at the sampled steps", low=-room, high=high - low + room)
