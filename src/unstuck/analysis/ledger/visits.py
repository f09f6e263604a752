"""Which example each row of each batch is.

By its position where that is known; else by its key among the keys of all examples that lie in the user's memory; else
by the key alone: the first one that is seen is number 0.

Shapes: *v* visits (rows of batches, one after the other), *n* examples, *m* examples of a source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.ledger.widths import of_one_width
from unstuck.record.ledger import Batch, Entry, Phase, Source, Stored

Array = np.ndarray[Any, Any]

UNKNOWN = -1
MOST, NEARLY_ALL = 0.5, 0.98
"""share of a batch that must lie in its own source, in another one: held-out data may repeat training examples"""
COLUMNS = ("batch", "at", "home", "row", "key", "keyed", "round", "step")
UNSEEN = Source(id=-1, what="batches")
"""of a batch that names a source which nobody described"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ledger:
    """The entries by their kind."""

    sources: Mapping[int, Source]
    stored: Mapping[int, Stored]
    """by their source; of several the one with the most examples"""
    batches: tuple[Batch, ...]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Ledger:
        """All entries."""
        sources: dict[int, Source] = {}
        stored: dict[int, Stored] = {}
        batches = []
        for entry in entries:
            if isinstance(entry, Source):
                sources[entry.id] = entry  # the latest word counts
            elif isinstance(entry, Stored):
                known = stored.get(entry.source)
                if known is None or _size(entry) >= _size(known):
                    stored[entry.source] = entry
            elif isinstance(entry, Batch) and size_of(entry):
                batches.append(entry)
        moved = {source.id: source.same_as for source in sources.values() if source.same_as is not None}
        kept = {number: one for number, one in stored.items() if number not in moved}
        batches = [
            replace(one, source=moved[one.source], rows=None) if one.source in moved else one for one in batches
        ]
        return cls(sources=sources, stored=kept, batches=of_one_width(batches))

    def source(self, number: int) -> Source:
        """The source with that id."""
        return self.sources.get(number, UNSEEN)


def _size(stored: Stored) -> int:
    return 0 if stored.keys is None else len(stored.keys)


def size_of(batch: Batch) -> int:
    """Examples of a batch."""
    known = (batch.rows, batch.keys, batch.labels, batch.outputs, batch.inputs if batch.kept is None else None)
    return batch.size or next((len(one) for one in known if one is not None), 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Visits:
    """The rows of some batches, one after the other."""

    batches: tuple[Batch, ...]
    batch: Array  # (v,) number in ``batches``
    at: Array  # (v,) position in the batch
    home: Array  # (v,) id of the source in which the position is; of the batch where no position is known
    row: Array  # (v,) position in its home, UNKNOWN
    key: Array  # (v,) int64; 0 where there is none
    keyed: Array  # (v,) bool
    round: Array  # (v,)
    step: Array  # (v,)

    def __len__(self) -> int:
        return len(self.at)

    def only(self, chosen: Array) -> Visits:
        """Some of them, (v,) bool."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in COLUMNS})


def visits_of(ledger: Ledger, batches: Sequence[Batch]) -> Visits:
    """Every row of these batches, with its place where one can be found."""
    keys = {number: _Keys(one.keys) for number, one in ledger.stored.items() if one.keys is not None and len(one.keys)}
    columns: dict[str, list[Array]] = {name: [] for name in COLUMNS}
    for number, batch in enumerate(batches):
        size = size_of(batch)
        home, row = _place(keys, batch, size)
        columns["batch"].append(np.full(size, number))
        columns["at"].append(np.arange(size))
        columns["home"].append(home)
        columns["row"].append(row)
        columns["key"].append(batch.keys if batch.keys is not None else np.zeros(size, np.int64))
        columns["keyed"].append(np.full(size, batch.keys is not None))
        columns["round"].append(np.full(size, batch.round))
        columns["step"].append(np.full(size, batch.step))
    joined = {name: np.concatenate(parts) if parts else np.zeros(0, np.int64) for name, parts in columns.items()}
    found = _at_home(Visits(batches=tuple(batches), **joined))
    return _copies_apart(found, keys)


def _at_home(visits: Visits) -> Visits:
    """Places in another source count where (nearly) all batches of a source come from there, not where some leak."""
    source = np.array([batch.source for batch in visits.batches], np.int64)[visits.batch]
    home, row = visits.home.copy(), visits.row.copy()
    for one in np.unique(source):
        mine = source == one
        abroad = mine & (home != one)
        if abroad.any() and (row[mine] >= 0).mean() < NEARLY_ALL:
            home[abroad], row[abroad] = one, UNKNOWN
    return replace(visits, home=home, row=row)


class _Keys:
    """The keys of a source, to be looked up."""

    def __init__(self, keys: Array) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.sorted = keys[self.order]

    def first(self, keys: Array) -> tuple[Array, Array]:
        """Where each key begins among the sorted ones, and how often it is there."""
        begin = np.searchsorted(self.sorted, keys, "left")
        return begin, np.searchsorted(self.sorted, keys, "right") - begin


def _place(keys: Mapping[int, _Keys], batch: Batch, size: int) -> tuple[Array, Array]:
    """Home and position of each row of a batch; of a key with several positions any."""
    own = np.full(size, batch.source)
    if batch.rows is not None:
        return own, batch.rows
    best, hits = _home(keys, batch)
    if batch.keys is None or best is None:
        return own, np.full(size, UNKNOWN)
    begin = keys[best].first(batch.keys)[0]
    row = np.where(hits, keys[best].order[np.minimum(begin, len(keys[best].order) - 1)], UNKNOWN)
    return np.where(hits, best, own), row


def _home(keys: Mapping[int, _Keys], batch: Batch) -> tuple[int | None, Array]:
    """The source that holds the examples of a batch: its own if that has most of them, another if that has all."""
    if batch.keys is None:
        return None, np.zeros(0, bool)
    for number in sorted(keys, key=lambda one: (one != batch.source, one)):
        hits = keys[number].first(batch.keys)[1] > 0
        if hits.mean() >= (MOST if number == batch.source else NEARLY_ALL):
            return number, hits
    return None, np.zeros(0, bool)


def _copies_apart(visits: Visits, keys: Mapping[int, _Keys]) -> Visits:
    """Equal examples of a source are several: the second in a round is the second one of the source."""
    row = visits.row.copy()
    by_key = visits.keyed & (row >= 0) & np.array([batch.rows is None for batch in visits.batches], bool)[visits.batch]
    for home in np.unique(visits.home[by_key]) if by_key.any() else ():
        mine = np.flatnonzero(by_key & (visits.home == home))
        begin, count = keys[int(home)].first(visits.key[mine])
        several = count > 1
        if several.any():
            at = mine[several]
            turn = turns(visits.round[at], visits.key[at]) % count[several]
            row[at] = keys[int(home)].order[begin[several] + turn]
    return replace(visits, row=row)


def turns(*columns: Array) -> Array:
    """For each element, how many equal ones come before it. (v,)"""
    if not len(columns[0]):
        return np.zeros(0, np.int64)
    group = groups(*columns)
    order = np.argsort(group, kind="stable")
    begin = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0])
    place = np.arange(len(group)) - np.repeat(begin, np.diff(np.r_[begin, len(group)]))
    found = np.empty(len(group), np.int64)
    found[order] = place
    return found


def groups(*columns: Array) -> Array:
    """Number of the group of equal elements that each is in. (v,)"""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1].reshape(-1)
        number = np.unique(number * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1].reshape(-1)
    return number


def main_training(ledger: Ledger) -> int | None:
    """The training that most examples went through; None where nothing was trained."""
    seen: Counter[int] = Counter()
    for batch in ledger.batches:
        if batch.phase is Phase.TRAINING:
            seen[batch.training] += size_of(batch)
    return max(seen, key=lambda one: (seen[one], -one)) if seen else None
