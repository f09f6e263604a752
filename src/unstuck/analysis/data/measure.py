"""Run every measurement on a data set. One that fails is reported, and the others go on."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from unstuck.analysis.attempt import Attempt
from unstuck.analysis.data import measurements
from unstuck.analysis.data.sample import DataSet
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.splits import NotMeasured

Measure = Callable[[DataSet], Iterator[DataEvent]]
Progress = Callable[[str, float], object]
"""called with what is being done, and the share that is done"""
LIBRARY = "{} (`pip install 'unstuck[audit]'`)"
NAMES = {"sklearn": "scikit-learn", "scipy": "SciPy", "PIL": "Pillow"}
"""libraries by the name that they are imported by"""


def silent(_title: str, _share: float) -> None:
    """Progress that nobody looks at."""


class Measurement(Protocol):
    """A module of `unstuck.analysis.data.measurements`."""

    TITLE: str
    MEASURES: tuple[type[DataEvent], ...]

    def measure(self, dataset: DataSet) -> Iterator[DataEvent]:
        """The events that it measures on these splits."""


@cache
def all_measurements() -> tuple[Measurement, ...]:
    """Every measurement, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(measurements.__path__))
    return tuple(cast("Measurement", import_module(f"{measurements.__name__}.{name}")) for name in names)


def measure_all(dataset: DataSet, progress: Progress = silent) -> Iterator[DataEvent]:
    """What all measurements yield; for what could not be measured, why."""
    todo = all_measurements()
    for at, measurement in enumerate(todo):
        progress(measurement.TITLE, at / len(todo))
        yield from _measured(measurement, measurement.measure, dataset)
    progress("", 1.0)


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """The same of data that passed through a training, where measurements have a ``measure_run``."""
    for measurement in all_measurements():
        measure = getattr(measurement, "measure_run", None)
        if measure is not None:
            yield from _measured(measurement, measure, dataset)


def _measured(measurement: Measurement, measure: Measure, dataset: DataSet) -> Iterator[DataEvent]:
    seen: set[tuple[str, int]] = set()
    attempt: Attempt[DataEvent] = Attempt(lambda: measure(dataset), _lacking)
    for event in attempt:
        seen.add((event.what if isinstance(event, NotMeasured) else event.kind, event.split))
        yield event
    if attempt.why:
        for kind in measurement.MEASURES:
            for sample in dataset.samples:
                if (kind.kind, sample.split) not in seen:
                    yield NotMeasured(split=sample.split, what=kind.kind, why=attempt.why, broke=attempt.broke)


def _lacking(error: ModuleNotFoundError) -> str:
    return LIBRARY.format(NAMES.get((error.name or "").partition(".")[0], error.name))
