"""Equal inputs under different labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.conflicting_labels import conflicting_labels, conflicting_targets
from unstuck.analysis.data.row_hashes import row_hashes
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import ConflictingLabels
from unstuck.record.events.data.splits import NotMeasured

TITLE = "comparing the labels of equal inputs"
MEASURES: tuple[type[DataEvent], ...] = (ConflictingLabels,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The conflicts within each split."""
    for sample in dataset.samples:
        try:
            yield _conflicts(sample)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=ConflictingLabels.kind, why=str(reason))


def _conflicts(sample: Sample) -> ConflictingLabels:
    target = sample.target
    if target is None or (target.codes is None and (target.values is None or target.classes)):
        raise TooLittle("a target with one class for each example, or numbers")
    hashes = row_hashes(sample)
    readable = np.flatnonzero(hashes != 0)
    if target.codes is not None:
        return conflicting_labels(sample.split, hashes[readable], target.codes[readable], sample.rows[readable])
    assert target.values is not None
    return conflicting_targets(sample.split, hashes[readable], target.values[readable], sample.rows[readable])
