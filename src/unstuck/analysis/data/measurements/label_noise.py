"""Labels compared with predictions that they had no part in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.early_window import early_window
from unstuck.analysis.data.held_out_labels import FEWEST as FEWEST_HELD_OUT
from unstuck.analysis.data.held_out_labels import MOST, contrast, no_copies
from unstuck.analysis.data.label_encoding import one_class_each
from unstuck.analysis.data.label_neighbours import Neighbours, neighbour_probabilities
from unstuck.analysis.data.label_noise import label_noise
from unstuck.analysis.data.label_predictions import TREES, predictions
from unstuck.analysis.data.labelled import Labelled, labelled, needed, neighbours_of
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.analysis.data.tags import forgotten, tags_of
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS, DataEvent
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise
from unstuck.record.events.data.splits import NotMeasured

TITLE = "looking for wrong labels"
MEASURES: tuple[type[DataEvent], ...] = (LabelNoise, ConfusedClasses)
FEWEST = 5
"""examples of a class; rarer classes are left out"""
TREES_OF_RUN = 50
MOST_CELLS = 30_000_000
"""examples times classes"""
MANY = 0.25
"""share of labels that are not predicted, from which on they are compared with held-out labels"""


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The wrong labels of each split, judged within the split."""
    for sample, one, near in zip(dataset.samples, labelled(dataset), neighbours_of(dataset), strict=True):
        try:
            found = _noise(sample.split, needed(one), near)
            if sample is dataset.train:
                found = _of_tags(dataset) if needed(one).tags else _contrasted(dataset, found)
            yield from found
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=LabelNoise.kind, why=str(reason))


def measure_run(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training data alone, by what the network said of it before it memorised the labels."""
    sample, some = dataset.train, needed(labelled(dataset)[0])
    if some.tags:
        yield from _of_tags(dataset)
        return
    by_epoch = tuple(values[some.at] for values in sample.by_epoch)
    yield from _contrasted(dataset, _noise(sample.split, some, neighbours_of(dataset)[0], by_epoch, TREES_OF_RUN))


def _of_tags(dataset: DataSet) -> Iterator[DataEvent]:
    """Tags that were forgotten, by held-out data."""
    tags = tags_of(dataset)
    found = sorted(forgotten(tags), key=lambda one: -len(one.lacking))
    names, n = tags.train.classes, len(tags.given)
    worst = [(one, int(at)) for one in found for at in one.lacking]
    listed = dict.fromkeys(at for _, at in worst)
    share = len(listed) / n
    low = share * min((one.low / one.share for one in found), default=0.0)
    likely = {at: f"{names[one.tag]}" for one, at in reversed(worst)}
    yield LabelNoise(
        split=dataset.train.split, looked_at=n, share=share, low=low, second=share, second_low=low, count=len(listed),
        disagreement=0.0, unclear=0.0, unclear_together=0.0, listed=len(listed),
        tags=tuple(names[one.tag] for one in found), forgotten=tuple(one.share for one in found),
        told=tuple(share for one in found for share in (one.in_training, one.held_out)),
        rows=tuple(int(tags.train.rows[at]) for at in [*listed][:MOST_ROWS]),
        likely=tuple(likely[at] for at in [*listed][:MOST_ROWS]),
    )  # fmt: skip


def _contrasted(dataset: DataSet, events: Iterator[DataEvent]) -> Iterator[DataEvent]:
    """The same, compared with held-out labels where many training labels are not predicted."""
    for event in events:
        yield _beside_held_out(dataset, event) if isinstance(event, LabelNoise) and event.disagreement > MANY else event


def _beside_held_out(dataset: DataSet, event: LabelNoise) -> LabelNoise:
    """Held-out splits together: copies of training examples, and classes that it has not, are left out."""
    parts = labelled(dataset)
    train = needed(parts[0])
    assert train.codes is not None
    good = np.flatnonzero(train.codes >= 0)
    raws, codes = [], []
    for number, one in enumerate(parts[1:], start=1):
        if isinstance(one, Labelled) and one.codes is not None and one.classes == train.classes:
            use = np.isin(one.codes, train.codes[good]) & no_copies(dataset, number, one.at, train.at[good])
            raws.append(one.raw[use])
            codes.append(one.codes[use])
    if sum(map(len, codes)) < FEWEST_HELD_OUT or len(train.classes) < 2:
        return event
    raw, code = np.concatenate(raws), np.concatenate(codes)
    some = np.random.default_rng(0).permutation(len(code))[:MOST]
    found = contrast(train.raw[good], train.codes[good], raw[some], code[some], len(train.classes), TREES_OF_RUN)
    return replace(event, contrast=found.share, contrast_z=found.z)


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
