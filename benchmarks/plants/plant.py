"""What a planted defect declares, so that the answer of an audit can be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from plants.data import Array, Data, halves, options, subset

Random = np.random.Generator
Rows = tuple[frozenset[int], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plant:
    """One defect in one data set, and the data without it; both as arguments of `unstuck.audit`."""

    data: str
    what: str
    """was planted"""
    sick: Mapping[str, Any]
    clean: Mapping[str, Any]
    columns: frozenset[str] = frozenset()
    """the finding is at one of these; empty: it is not about a column"""
    split: str | None = None
    """the finding is about this split; None: about any"""
    rows: Rows | None = None
    """true rows in this split, in groups: of each group one listed row is enough, and no other row is right"""
    names: frozenset[str] = frozenset()
    """true files, by the last part of their paths"""
    key: str = ""
    """of the evidence that holds the quantity; of ``a|b`` the first that is there"""
    quantity: float | None = None
    either_way: bool = False
    """the quantity is a ratio: its inverse says the same"""
    within: float = 0.3
    apart: str = ""
    """why it does not count: what the issue says may stay unfound"""


Planter = Callable[[Random, bool], Plant]
"""makes a plant; the second argument: a mild one"""


def singles(rows: Iterable[int]) -> Rows:
    """Rows that must all be listed."""
    return tuple(frozenset([int(row)]) for row in rows)


def some(random: Random, size: int, share: float, least: int = 3) -> Array:
    """Positions, drawn at random, ascending."""
    return np.sort(random.choice(size, max(least, round(share * size)), replace=False))


def whole(name: str, rows: int, random: Random) -> Data:
    """A fixed data set, not split."""
    return subset(name, rows, random)


def split(name: str, rows: int, random: Random, share: float = 0.7) -> tuple[Data, Data]:
    """A fixed data set, split at random."""
    return halves(subset(name, rows, random), share)


def numbers(data: Data, random: Random, *, distinct: int = 20) -> str:
    """A column of numbers that holds many different values, drawn at random."""
    good = [name for name in data.x.columns if data.x[name].dtype.kind in "if" and data.x[name].nunique() >= distinct]
    return str(random.choice(good))


def with_column(data: Data, name: str, values: Any) -> Data:
    """A table with a column set or added."""
    return Data(data.name, data.x.assign(**{name: values}), data.y, data.regression)


def of_classes(data: Data, kinds: Array) -> Data:
    """The rows of these classes, numbered from 0 where classes are numbers: a gap would be a fault of its own."""
    some = data.take(np.flatnonzero(np.isin(data.y, kinds)))
    return some if some.y.dtype == object else with_labels(some, np.searchsorted(np.unique(some.y), some.y))


def with_labels(data: Data, y: Array) -> Data:
    return Data(data.name, data.x, y, data.regression)


def with_inputs(data: Data, x: Any) -> Data:
    return Data(data.name, x, data.y, data.regression)


def standardised(train: Data, *others: Data) -> list[Data]:
    """Tables of numbers, scaled by the training split."""
    mean, spread = train.x.mean(), train.x.std(ddof=0).replace(0.0, 1.0)
    return [with_inputs(one, (one.x - mean) / spread) for one in (train, *others)]


__all__ = [
    "Data", "Plant", "Planter", "Random", "numbers", "of_classes", "options", "singles", "some", "split",
    "standardised", "whole", "with_column", "with_inputs", "with_labels",
]  # fmt: skip
