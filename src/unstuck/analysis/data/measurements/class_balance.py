"""How often each class occurs."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.class_balance import class_balance
from unstuck.analysis.data.sample import DataSet
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import ClassBalance
from unstuck.record.events.data.splits import NotMeasured

TITLE = "counting classes"
MEASURES: tuple[type[DataEvent], ...] = (ClassBalance,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The balance of each split."""
    for sample in dataset.samples:
        try:
            if sample.target is None or sample.target.codes is None:
                raise TooLittle("a target with classes")
            yield class_balance(sample.split, sample.target.codes, sample.target.classes)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=ClassBalance.kind, why=str(reason))


measure_run = measure
