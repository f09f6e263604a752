"""How training data is divided for cross-validation: at random, by groups, or by time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from unstuck.baseline.problem import Examples
from unstuck.core.data_types import Task

Array = np.ndarray[Any, Any]
SMALL = 1000
"""rows below which there are 10 folds"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Folds:
    """Pairs of positions: rows to fit on, rows to predict."""

    pairs: tuple[tuple[Array, Array], ...]
    protocol: str
    """in words"""


def folds_of(train: Examples, task: Task, wanted: int | None, seed: int) -> Folds:
    """The folds of a training split; by time where it has times, by groups where it has groups."""
    k = wanted or (10 if len(train) < SMALL else 5)
    k = min(k, len(train) // 2)
    if train.times is not None and np.isfinite(train.times).all():
        pairs = tuple(_by_time(train, k))
        without = ", without the groups of the predicted rows" if train.groups is not None else ""
        return Folds(pairs=pairs, protocol=f"{len(pairs)} folds by time, each predicted from all earlier rows{without}")
    if train.groups is not None:
        k = min(k, len(np.unique(train.groups)))
        if k >= 2:
            return Folds(pairs=tuple(_by_group(train, task, k, seed)), protocol=f"{k}-fold cross-validation by group")
    return Folds(pairs=tuple(_at_random(train, task, k, seed)), protocol=f"{k}-fold cross-validation")


def _by_time(train: Examples, k: int) -> Iterator[tuple[Array, Array]]:
    assert train.times is not None
    order = np.argsort(train.times, kind="stable")
    ends = np.linspace(0, len(order), k + 2).astype(int)[1:]
    for begin, end in pairwise(ends):
        earlier, test = order[:begin], order[begin:end]
        earlier = earlier[train.times[earlier] < train.times[test].min()]
        if train.groups is not None:
            earlier = earlier[~np.isin(train.groups[earlier], train.groups[test])]
        if len(earlier) and len(test):
            yield earlier, test


def _by_group(train: Examples, task: Task, k: int, seed: int) -> Iterator[tuple[Array, Array]]:
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    if task.has_classes:
        yield from StratifiedGroupKFold(k, shuffle=True, random_state=seed).split(train.x, train.y, train.groups)
    else:
        yield from GroupKFold(k).split(train.x, train.y, train.groups)


def _at_random(train: Examples, task: Task, k: int, seed: int) -> Iterator[tuple[Array, Array]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if task.has_classes and np.bincount(train.y).max() >= k:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The least populated class")
            pairs = list(StratifiedKFold(k, shuffle=True, random_state=seed).split(train.x, train.y))
        yield from pairs
    else:
        yield from KFold(k, shuffle=True, random_state=seed).split(train.x, train.y)
