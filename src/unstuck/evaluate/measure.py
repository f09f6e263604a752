"""Make every measurement of a model. One that fails is reported, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from unstuck.analysis.attempt import Attempt
from unstuck.evaluate.context import Context
from unstuck.evaluate.measurements import (
    adversarial,
    calibration,
    comparisons,
    drift,
    followed,
    inside,
    landscape,
    leaks,
    outside,
    pairs,
    pushed,
    repetitions,
    scores,
    slices,
    stages,
    worst,
)
from unstuck.record.events.base import Event
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.model.base import NotEvaluated

IN_ORDER: tuple[ModuleType, ...] = (
    scores, calibration, comparisons, pairs, worst, slices, repetitions, leaks, drift, followed, outside, pushed,
    adversarial, stages, inside, landscape,
)  # fmt: skip
"""what comes later may use what an earlier one keeps in the context"""


def measure_all(context: Context) -> Iterator[Event]:
    """What all measurements yield; for what could not be measured, why."""
    for at, measurement in enumerate(IN_ORDER):
        context.progress(measurement.TITLE, at / len(IN_ORDER))
        yield from _measured(measurement, context)
    context.progress("", 1.0)


def _measured(measurement: ModuleType, context: Context) -> Iterator[Event]:
    seen: set[str] = set()
    attempt: Attempt[Event] = Attempt(lambda: measurement.measure(context), _lacking)
    for event in attempt:
        seen.add(event.kind)
        yield event
    if attempt.why:
        for kind in measurement.MEASURES:
            if kind.kind not in seen and not issubclass(kind, DataEvent):
                yield NotEvaluated(what=kind.kind, why=attempt.why, broke=attempt.broke)


def _lacking(error: ModuleNotFoundError) -> str:
    return f"{error.name} (`pip install 'unstuck[audit]'`)"
