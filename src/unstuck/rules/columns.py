"""What rules about columns have in common: a finding for each column, worst first, and not too many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from unstuck.core.finding import Evidence

MOST_COLUMNS = 20
"""findings of one rule about one split; evidence says how many columns are concerned"""

OF_SERIES = re.compile(r"(.*?)(\d+), (\d+)")
"""a column of a series: what it is called, and two positions"""
MOST_OF_IT = 0.5
"""share of the columns of one sensor that are told as one"""
LEAST_OF_IT = 3

Item = TypeVar("Item")


class AsOne(NamedTuple, Generic[Item]):
    """An item that stands for others."""

    item: Item
    others: int
    """columns of the same sensor at other times"""
    series: str
    """their common name"""

    @property
    def words(self) -> str:
        """What a message says after the name of the column."""
        return f" (and {self.others} more of `{self.series}`)" if self.others else ""


def as_one(items: Iterable[Item], name_of: Callable[[Item], str], names: Iterable[str]) -> list[AsOne[Item]]:
    """What is found in most columns of one sensor is said once, where its first column stands.

    Args:
        items: in their order.
        name_of: the column of an item.
        names: of all columns; those of a series are called by two positions, such as ``column 3, 0``.
    """
    items = list(items)
    of_all = Counter(series for name in names for series in _series(name))
    of_found = Counter(series for item in items for series in _series(name_of(item)))
    found: list[AsOne[Item]] = []
    told: set[str] = set()
    for item in items:
        at = [one for one in _series(name_of(item))
              if of_found[one] >= max(LEAST_OF_IT, MOST_OF_IT * of_all[one])]  # fmt: skip
        best = max(at, key=lambda one: of_found[one], default="")
        if not best:
            found.append(AsOne(item, 0, ""))
        elif told.isdisjoint(at):
            told.add(best)
            found.append(AsOne(item, of_found[best] - 1, best))
    return found


def _series(name: str) -> tuple[str, ...]:
    """The sensor at all times, the time of all sensors."""
    match = OF_SERIES.fullmatch(name)
    return (f"{match[1]}…, {match[3]}", f"{match[1]}{match[2]}, …") if match else ()


def worst(items: Iterable[Item]) -> Sequence[Item]:
    """The first `MOST_COLUMNS`."""
    return tuple(islice(items, MOST_COLUMNS))


def concerned(count: int) -> Evidence:
    """How many columns a rule found in all."""
    return Evidence(key="columns", label="columns concerned", value=float(count))
