"""Columns that tell the label in the training split, and no longer in another.

Shapes: *n* examples, *k* numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array, Column, DataSet, Sample
from unstuck.analysis.data.shortcuts import LEAST_EXAMPLES, MOST_EXAMPLES, filled, out_of_fold, tree
from unstuck.core.data_types import ColumnType
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.shortcuts import LostColumn

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

TELLING = 0.5
"""of the way from the most frequent class to all right, that one column goes"""
LEAST_HELD_OUT = 30
LEAST_OF_A_CLASS = 5
MOST_CATEGORIES = 50
CUTS = 4
"""depth of the tree"""


class TellsLabel(NamedTuple):
    """A column that tells the label in training."""

    column: Column
    different: tuple[str, ...]
    """its categories"""
    accuracy: float
    """cross-validated"""
    tree: DecisionTreeClassifier


def lost_columns(dataset: DataSet) -> Iterator[LostColumn]:
    """For each held-out split the columns that tell the label in training, and how they do there.

    Raises:
        TooLittle: there is no held-out table with labels.
    """
    train, codes = dataset.train, dataset.train.codes
    if codes is None or not train.columns or not dataset.held_out:
        raise TooLittle("a training and a held-out table with classes as labels")
    at = np.nonzero(codes >= 0)[0]
    if len(at) > MOST_EXAMPLES:
        at = np.sort(np.random.default_rng(0).choice(at, MOST_EXAMPLES, replace=False))
    counts = np.bincount(codes[at], minlength=2)
    at = at[counts[codes[at]] >= LEAST_OF_A_CLASS]
    if len(at) < LEAST_EXAMPLES or len(np.unique(codes[at])) < 2:
        raise TooLittle(f"{LEAST_EXAMPLES} examples of two classes in the training split")
    majority = int(counts.argmax())
    telling = tuple(_columns_that_tell(train, at, codes[at]))
    for sample in dataset.held_out:
        if sample.codes is None or (sample.codes >= 0).sum() < LEAST_HELD_OUT:
            continue
        yield from _judged(sample, train.split, telling, majority, float(np.mean(codes[at] == majority)))


def _columns_that_tell(train: Sample, at: Array, codes: Array) -> Iterator[TellsLabel]:
    share = np.bincount(codes).max() / len(codes)
    for column in train.columns:
        different = _different(column)
        values = encoded(column, different)
        if values is None:
            continue
        values = filled(values[at])
        if not (values != values[:1]).any():
            continue
        fitted = tree(values, codes, CUTS)
        if not _tells(float(np.mean(fitted.predict(values) == codes)), share):
            continue  # not even on the examples that it was fitted to
        accuracy = float(np.mean(out_of_fold(values, codes, CUTS) == codes))
        if _tells(accuracy, share):
            yield TellsLabel(column, different, accuracy, fitted)


def _tells(accuracy: float, share: float) -> bool:
    return accuracy - share >= TELLING * (1 - share)


def _judged(
    sample: Sample, other: int, telling: tuple[TellsLabel, ...], majority: int, share: float
) -> Iterator[LostColumn]:
    codes = sample.codes
    assert codes is not None
    known = codes >= 0
    here = float(np.mean(codes[known] == majority))
    if not telling:
        yield LostColumn(split=sample.split, other=other, training_majority=share, majority_share=here)
    for one in telling:
        column = next((column for column in sample.columns if column.name == one.column.name), None)
        values = None if column is None else encoded(column, one.different)
        if values is None or values.shape[1] != one.tree.n_features_in_:
            continue
        right = one.tree.predict(filled(values[known])) == codes[known]
        yield LostColumn(
            split=sample.split, other=other, column=one.column.name, training_accuracy=one.accuracy,
            accuracy=float(np.mean(right)), training_majority=share, majority_share=here, looked_at=int(known.sum()),
            telling_columns=len(telling),
        )  # fmt: skip


def _different(column: Column) -> tuple[str, ...]:
    if column.type is not ColumnType.CATEGORY:
        return ()
    values, counts = np.unique([str(value) for value in column.values if value is not None], return_counts=True)
    return tuple(values[np.argsort(-counts, kind="stable")][:MOST_CATEGORIES].tolist())


def encoded(column: Column, different: tuple[str, ...]) -> Array | None:
    """Numbers as they are, categories as indicators, others not at all. (n, k)."""
    if column.type is ColumnType.CATEGORY:
        return np.array([column.values == value for value in different], dtype=float).reshape(-1, len(column.values)).T
    if column.type is ColumnType.NUMBER and column.values.dtype != object:
        return column.values[:, None]
    return None
