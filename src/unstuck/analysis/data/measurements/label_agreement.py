"""Whether labels belong to the inputs, row by row, and whether the input says anything about them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.label_agreement import label_agreement
from unstuck.analysis.data.labelled import labelled, needed, neighbours_of
from unstuck.analysis.data.mask_agreement import mask_agreement
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.signal import signal
from unstuck.analysis.data.tag_agreement import has_tags, tag_agreement
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import LabelAgreement, Signal
from unstuck.record.events.data.splits import NotMeasured

TITLE = "comparing labels with neighbours"
MEASURES: tuple[type[DataEvent], ...] = (LabelAgreement, Signal)
SIGNAL_OF = "a target with one class for each example, or numbers"
MOST_CLASSES = 30
"""the most frequent classes that the signal is looked for in"""


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The agreement within each split, and the signal in it."""
    for number, sample in enumerate(dataset.samples):
        try:
            if sample.target_images is not None:
                yield mask_agreement(sample)
                yield NotMeasured(split=sample.split, what=Signal.kind, why=SIGNAL_OF)
                continue
            if has_tags(sample):
                yield tag_agreement(sample)
                yield NotMeasured(split=sample.split, what=Signal.kind, why=SIGNAL_OF)
                continue
            yield from _agreement(dataset, number)
        except TooLittle as reason:
            for kind in MEASURES:
                yield NotMeasured(split=sample.split, what=kind.kind, why=str(reason))


def _agreement(dataset: DataSet, number: int) -> Iterator[DataEvent]:
    some = needed(labelled(dataset)[number])
    near = neighbours_of(dataset)[number]
    if isinstance(near, str):
        raise TooLittle(near)
    if len(np.unique(some.labels.values)) < 2:  # of tags that none differs leaves no column
        raise TooLittle("two different labels")
    split = dataset.samples[number].split
    found = label_agreement(split, near.at, some.labels, some.rows, some.whole)
    yield found
    if some.codes is None:
        assert some.values is not None
        targets = some.values
    else:
        counts = np.bincount(some.codes, minlength=len(some.classes))
        shown = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
        targets = (some.codes[:, None] == shown).astype(np.float64)
    yield signal(split, found.z, found.agreement, found.chance, some.standardised, targets)


measure_run = measure
