"""Equal inputs under different labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.chance_conflicts import conflicting_pairs, steps
from unstuck.analysis.data.conflicting_labels import conflicting_labels, conflicting_targets
from unstuck.analysis.data.next_token import is_next_token
from unstuck.analysis.data.row_hashes import column_hashes, row_hashes
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
            if is_next_token(dataset.train):
                raise TooLittle("labels other than the next token: equal beginnings go on in several ways")
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
        codes = target.codes[readable]
        found = conflicting_labels(sample.split, hashes[readable], codes, sample.rows[readable])
    else:
        assert target.values is not None
        values = target.values[readable]
        found = conflicting_targets(sample.split, hashes[readable], values, sample.rows[readable])
        codes = steps(values)
    if not found.conflicting:
        return found
    parts = [part[readable[codes >= 0]] for part in column_hashes(sample)]
    pairs = conflicting_pairs(hashes[readable[codes >= 0]], parts, codes[codes >= 0])
    return replace(found, pairs=pairs.found, pairs_by_chance=pairs.by_chance)


measure_run = measure
