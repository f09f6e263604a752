"""The loss calls that a finding is about, and the x axis of sampled steps."""

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
    from unstuck.record.events import Event, LossCall


def calls_of(finding: Finding, training: Training, *functions: str) -> tuple[LossCall, ...]:
    """The calls of these functions that were trained on or raised; those at the finding's lines, if there are any."""
    calls = tuple(
        call
        for call in training.loss_calls
        if call.phase in ("train", "raised") and (not functions or call.function in functions)
    )
    places = [place for place in (finding.place, finding.used_at) if place is not None and place.line is not None]
    lines = {(place.file, place.line) for place in places}
    return tuple(call for call in calls if (call.file, call.line) in lines) or calls


def positions(training: Training, steps: Iterable[float]) -> Array:
    """Sampled steps as backward calls of this training; the first one is 1."""
    return since_start(training, steps) + 1.0


def steps_of(events: Iterable[Event]) -> list[float]:
    """Their steps."""
    return [float(event.step) for event in events]


def looks_axis(training: Training) -> Axis:
    """Backward calls, counted from 1: logarithmic, because sampled steps become rarer."""
    low, high = span(training)
    calls = max(2.0, high - low)
    room = calls**0.03
    return Axis(label="backward call (1 is the first)", low=1.0 / room, high=calls * room, log=True)
