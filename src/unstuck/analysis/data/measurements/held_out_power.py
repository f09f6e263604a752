"""What held-out splits can measure."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.held_out_power import held_out_power
from unstuck.analysis.data.sample import DataSet
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.order import HeldOutPower

TITLE = "looking at what held-out data can measure"
MEASURES: tuple[type[DataEvent], ...] = (HeldOutPower,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """One event for each held-out split."""
    if not dataset.held_out:
        raise TooLittle("a held-out split")
    for number in range(1, len(dataset.samples)):
        yield held_out_power(dataset, number)


measure_run = measure
