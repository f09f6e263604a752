"""The loss calls that a finding is about, and the x axis of single looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis
from unstuck.figures.evidence.curve import since_start
from unstuck.figures.learning_curve import span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.figures.evidence.evidence_figure import Array
    from unstuck.record.reader import Event


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


def positions(training: Training, steps: Iterable[float]) -> Array:
    """Sampled steps as backward calls of this training, the first of which is 1."""
    return since_start(training, steps) + 1.0


def steps_of(events: Iterable[Event]) -> list[float]:
    """When they happened."""
    return [float(event["step"]) for event in events]


def looks_axis(training: Training) -> Axis:
    """Backward calls, counted from 1: logarithmic, because close looks become ever rarer."""
    low, high = span(training)
    calls = max(2.0, high - low)
    room = calls**0.03
    return Axis(label="backward call (1 is the first)", low=1.0 / room, high=calls * room, log=True)
