"""What rules about columns have in common: a finding for each column, worst first, and not too many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar

from unstuck.core.finding import Evidence

MOST_COLUMNS = 20
"""findings of one rule about one split; evidence says how many columns are concerned"""

Item = TypeVar("Item")


def worst(items: Iterable[Item]) -> Sequence[Item]:
    """The first `MOST_COLUMNS`."""
    return tuple(islice(items, MOST_COLUMNS))


def concerned(count: int) -> Evidence:
    """How many columns a rule found in all."""
    return Evidence(key="columns", label="columns concerned", value=float(count))
