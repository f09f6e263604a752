"""Labels compared with predictions that they had no part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from unstuck.analysis.data.early_window import early_window
from unstuck.analysis.data.label_encoding import one_class_each
from unstuck.analysis.data.label_neighbours import Neighbours, neighbour_probabilities
from unstuck.analysis.data.label_noise import label_noise
from unstuck.analysis.data.label_predictions import TREES, predictions
from unstuck.analysis.data.labelled import Labelled, labelled, needed, neighbours_of
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise
from unstuck.record.events.data.splits import NotMeasured

TITLE = "looking for wrong labels"
MEASURES: tuple[type[DataEvent], ...] = (LabelNoise, ConfusedClasses)
FEWEST = 5
"""examples of a class; rarer classes are left out"""
TREES_OF_RUN = 50
MOST_CELLS = 30_000_000
"""examples times classes"""


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The wrong labels of each split, judged within the split."""
    for sample, one, near in zip(dataset.samples, labelled(dataset), neighbours_of(dataset), strict=True):
        try:
            yield from _noise(sample.split, needed(one), near)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=LabelNoise.kind, why=str(reason))


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training data alone, by what the network said of it before it memorised the labels."""
    sample, some = dataset.train, needed(labelled(dataset)[0])
    by_epoch = tuple(values[some.at] for values in sample.by_epoch)
    yield from _noise(sample.split, some, neighbours_of(dataset)[0], by_epoch, TREES_OF_RUN)


def _noise(
    split: int, some: Labelled, near: Neighbours | str, by_epoch: Sequence[Array] = (), trees: int = TREES
) -> Iterator[DataEvent]:
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
    early = None
    if by_epoch and at is not None and classes == some.classes:
        agreement = float(np.mean(neighbour_probabilities(at, codes, len(usual)).argmax(axis=1) == codes))
        early = early_window([values[keep][:, usual] for values in by_epoch], codes, agreement)
    predicted = predictions(
        some.raw[keep], some.standardised[keep], codes, len(usual), early=early, at=at, trees=trees
    )
    yield from label_noise(split, predicted, codes, tuple(classes[code] for code in usual), some.rows[keep])
