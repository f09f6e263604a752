"""Labels compared with predictions that they had no part in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.label_encoding import one_class_each
from unstuck.analysis.data.label_neighbours import Neighbours
from unstuck.analysis.data.label_noise import label_noise
from unstuck.analysis.data.label_predictions import predictions
from unstuck.analysis.data.labelled import Labelled, labelled, needed, neighbours_of
from unstuck.analysis.data.sample import DataSet
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise
from unstuck.record.events.data.splits import NotMeasured

TITLE = "looking for wrong labels"
MEASURES: tuple[type[DataEvent], ...] = (LabelNoise, ConfusedClasses)
FEWEST = 5
"""examples of a class; rarer classes are left out"""
MOST_CELLS = 30_000_000
"""examples times classes"""


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The wrong labels of each split, judged within the split."""
    for sample, one, near in zip(dataset.samples, labelled(dataset), neighbours_of(dataset), strict=True):
        try:
            yield from _noise(sample.split, needed(one), near)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=LabelNoise.kind, why=str(reason))


def _noise(split: int, some: Labelled, near: Neighbours | str) -> Iterator[DataEvent]:
    if some.codes is None:
        raise TooLittle("a target with classes")
    given, classes = one_class_each(some.codes, some.classes)
    counts = np.bincount(given[given >= 0], minlength=len(classes))
    usual = np.flatnonzero(counts >= FEWEST)
    if len(usual) < 2:
        raise TooLittle(f"two classes of at least {FEWEST} examples")
    keep = np.flatnonzero((given >= 0) & (counts[given] >= FEWEST))
    if len(keep) * len(usual) > MOST_CELLS:
        raise TooLittle(f"fewer classes ({len(usual)} are too many for {len(keep)} examples)")
    codes = np.searchsorted(usual, given[keep])
    at = None if isinstance(near, str) or len(keep) < len(some.at) else near.at
    predicted = predictions(some.raw[keep], some.standardised[keep], codes, len(usual), at=at)
    yield from label_noise(split, predicted, codes, tuple(classes[code] for code in usual), some.rows[keep])
