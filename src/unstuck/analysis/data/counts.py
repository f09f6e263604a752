"""How often each value of a column of names or texts occurs; two of these merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.analysis.data.sketch import distinct, hashes_of_text, joined_hashes


class Counts(NamedTuple):
    """Counts of values; of the most frequent ones where there are too many."""

    by_value: Mapping[str, int]
    lost: int = 0
    """a count is at most this much too low (Misra and Gries 1982)"""
    hashes: Array | None = None
    """of all values that there were, where some are not counted any more"""

    @property
    def exact(self) -> bool:
        """Whether every value is counted."""
        return self.hashes is None

    @property
    def distinct(self) -> int:
        """How many values are different."""
        return len(self.by_value) if self.hashes is None else max(len(self.by_value), distinct(self.hashes))

    def frequent(self, most: int) -> list[tuple[str, int]]:
        """The most frequent values and their counts; equally frequent ones by name."""
        return sorted(self.by_value.items(), key=lambda item: (-item[1], item[0]))[:most]


NO_COUNTS = Counts({})


def counted(values: Array, most: int | None) -> tuple[Counts, int]:
    """Of objects with None (or NaN) where they are missing; and how many are missing.

    Args:
        values: of a block (n,).
        most: different values that are counted; None: all.
    """
    every = Counter(values.tolist())
    found: dict[str, int] = {}
    missing = 0
    for name, count in every.items():
        if name is None or name != name:
            missing += count
        else:
            found[str(name)] = found.get(str(name), 0) + count
    return _bounded(Counts(found), most), missing


def joined_counts(a: Counts, b: Counts, most: int | None) -> Counts:
    """Of the values of both."""
    if not a.by_value and a.exact:
        return b
    every = dict(a.by_value)
    for name, count in b.by_value.items():
        every[name] = every.get(name, 0) + count
    if a.exact and b.exact:
        return _bounded(Counts(every), most)
    kept = joined_hashes(*(hashes_of_text(one.by_value) if one.hashes is None else one.hashes for one in (a, b)))
    return _bounded(Counts(every, a.lost + b.lost, kept), most)


def _bounded(counts: Counts, most: int | None) -> Counts:
    """With at most ``most`` values: the count of the first that has no place is taken from all."""
    if most is None or len(counts.by_value) <= most:
        return counts
    sizes = np.fromiter(counts.by_value.values(), np.int64, len(counts.by_value))
    cut = int(np.partition(sizes, -most - 1)[-most - 1])
    kept = {name: count - cut for name, count in counts.by_value.items() if count > cut}
    hashes = hashes_of_text(counts.by_value) if counts.hashes is None else counts.hashes
    return Counts(kept, counts.lost + cut, hashes)
