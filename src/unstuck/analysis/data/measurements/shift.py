"""How held-out splits differ from the training split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.domain import domain_shift
from unstuck.analysis.data.independent import independent
from unstuck.analysis.data.kept_statistics import comparable_statistics
from unstuck.analysis.data.preparation import preparations
from unstuck.analysis.data.sample import UNEVEN, DataSet
from unstuck.analysis.data.scaler_fit import scaler_fit
from unstuck.analysis.data.shift import column_shifts
from unstuck.analysis.data.siblings import alike
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.shift import ColumnShift, DomainShift, Preparation, ScalerFit

TITLE = "comparing the distributions of splits"
MEASURES: tuple[type[DataEvent], ...] = (ColumnShift, DomainShift, Preparation, ScalerFit)


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """The same; of data that random transforms change only what these keep: the rest is a drift that is meant."""
    if not dataset.held_out:
        raise TooLittle("held-out data")
    if dataset.train.uneven:
        raise TooLittle(UNEVEN)
    if not any(sample.augmented for sample in dataset.samples):
        yield from measure(dataset)
        return
    dataset = independent(dataset)
    for number in range(1, len(dataset.samples)):
        yield from preparations(dataset, number)
        kept = comparable_statistics(dataset, number)
        if kept is None or kept:
            yield from column_shifts(dataset, number, kept)
    raise TooLittle("training data without random transforms: these change the distribution on purpose")


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Drift, preparation and traces of a scaler, for each held-out split."""
    if not dataset.held_out:
        raise TooLittle("a held-out split")
    groups = alike(dataset)[0]
    dataset = independent(dataset)
    for number in range(1, len(dataset.samples)):
        yield from preparations(dataset, number)
        yield from column_shifts(dataset, number)
        of_objects = groups is not None and groups.of_one_object  # a classifier would recognise the objects
        domain = None if of_objects else domain_shift(dataset, number)
        if domain is not None:
            yield domain
        fit = scaler_fit(dataset, number)
        if fit is not None:
            yield fit
