"""Make every measurement of a model. One that fails is reported, and the others go on."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator
from types import ModuleType

from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.evaluate.measurements import (
    calibration,
    comparisons,
    leaks,
    pairs,
    repetitions,
    scores,
    slices,
    worst,
)
from unstuck.record.events.base import Event
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.model.base import NotEvaluated

IN_ORDER: tuple[ModuleType, ...] = (scores, calibration, comparisons, pairs, worst, slices, repetitions, leaks)
"""what comes later may use what an earlier one keeps in the context"""


def measure_all(context: Context) -> Iterator[Event]:
    """What all measurements yield; for what could not be measured, why."""
    for at, measurement in enumerate(IN_ORDER):
        context.progress(measurement.TITLE, at / len(IN_ORDER))
        yield from _measured(measurement, context)
    context.progress("", 1.0)


def _measured(measurement: ModuleType, context: Context) -> Iterator[Event]:
    seen: set[str] = set()
    why, broke = "", False
    events = iter(measurement.measure(context))
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                event = next(events)
        except StopIteration:
            break
        except TooLittle as reason:
            why = str(reason)
            break
        except ModuleNotFoundError as error:
            why = f"{error.name} (`pip install 'unstuck[audit]'`)"
            break
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            why, broke = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})", True
            break
        seen.add(event.kind)
        yield event
    if why:
        for kind in measurement.MEASURES:
            if kind.kind not in seen and not issubclass(kind, DataEvent):
                yield NotEvaluated(what=kind.kind, why=why, broke=broke)
