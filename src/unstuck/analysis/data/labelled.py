"""The examples of a split that have a label, with their features: what facts about labels are worked out from.

Shapes: *n* examples, *d* features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.label_agreement import Labels, as_labels, tag_labels
from unstuck.analysis.data.label_neighbours import Neighbours, label_neighbours
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.analysis.fact import fact
from unstuck.core.outcome import TooLittle

FEWEST = 60
"""examples"""
MOST = 100_000
"""examples that are looked at; of more a random part"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Labelled:
    """Examples with a label that could be encoded."""

    at: Array  # (n,) int64
    """numbers in the sample, ascending"""
    rows: Array  # (n,) int64
    """positions in the split"""
    raw: Array  # (n, d) float32
    standardised: Array  # (n, d) float32
    codes: Array | None  # (n,) int64
    """classes; None for numbers"""
    values: Array | None  # (n, k) float64
    """numbers; None for classes"""
    classes: tuple[str, ...]
    whole: bool
    """nothing is missing between the rows"""
    tags: bool = False
    """``values`` say which of several labels each example has"""

    @property
    def labels(self) -> Labels:
        """Classes, the ranks of the first number, or tags."""
        if self.tags and self.values is not None:
            return tag_labels(self.values)
        return as_labels(self.codes, None if self.values is None else self.values[:, 0])


@fact
def labelled(dataset: DataSet) -> tuple[Labelled | str, ...]:
    """Of each split; for a split that cannot be used what it lacks, in words."""
    if dataset.train.target is None:
        return ("a target",) * len(dataset.samples)
    if dataset.train.target.codes is None and dataset.train.target.values is None:
        return ("a target of classes or numbers",) * len(dataset.samples)
    return tuple(_of_split(dataset, number) for number in range(len(dataset.samples)))


def _of_split(dataset: DataSet, number: int) -> Labelled | str:
    sample, encoded = dataset.samples[number], features(dataset)[number]
    target = sample.target
    if target is None:
        return "a target"
    if not encoded.values.shape[1]:
        return "features: no column is a number or a category"
    known = encoded.usable.copy()
    if target.codes is not None:
        known &= target.codes >= 0
    elif target.values is not None:
        known &= np.isfinite(target.values).all(axis=1)
    else:
        return "a target with one class for each example, or numbers"
    at = np.flatnonzero(known)
    if len(at) > MOST:
        at = np.sort(np.random.default_rng(0).choice(at, MOST, replace=False))
    if len(at) < FEWEST:
        return f"{FEWEST} examples with a label (there are {len(at)})"
    return Labelled(
        at=at, rows=sample.rows[at], raw=encoded.values[at], standardised=encoded.standardised[at],
        codes=None if target.codes is None else target.codes[at],
        values=None if target.codes is not None or target.values is None else target.values[at],
        classes=target.classes, whole=sample.whole and len(at) == len(sample),
        tags=target.codes is None and bool(target.classes),
    )  # fmt: skip


@fact
def neighbours_of(dataset: DataSet) -> tuple[Neighbours | str, ...]:
    """The neighbours of the labelled examples of each split."""
    found: list[Neighbours | str] = []
    for one in labelled(dataset):
        if isinstance(one, str):
            found.append(one)
        else:
            found.append(label_neighbours(one.raw, one.standardised, one.labels.kinds))
    return tuple(found)


def needed(one: Labelled | str) -> Labelled:
    """The examples themselves.

    Raises:
        TooLittle: they cannot be used.
    """
    if isinstance(one, str):
        raise TooLittle(one)
    return one
