"""Batches of which nothing is known but the keys of their examples: are they a data set, and are they several?

Shapes: *v* visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.ledger.visits import Visits

if TYPE_CHECKING:
    from unstuck.analysis.ledger.passed import Passed

Array = np.ndarray[Any, Any]

COMES_BACK = 0.9
"""different examples, as a share of those seen, up to which they are a data set, and no stream"""
ALL_COME_BACK, FROM_THE_FIRST = 0.8, 0.5
"""share of the first pass that comes back, and of the last one that was in the first: a store that is filled while one
plays changes, and of a data set beside made examples only a part comes back"""
MOST_RELABELLED = 0.5
HALF, NEARLY_ALL = 0.5, 0.9
"""of a batch that lies in a set, and of a set that was evaluated before another one begins"""
MOST_SETS = 4
"""of held-out data; more are parts that are drawn anew"""


def comes_back(train: Passed) -> bool:
    """Whether training examples of unknown origin are a data set, and neither a stream nor a store that changes."""
    if len(train) > COMES_BACK * len(train.visits):
        return False
    if train.source.what != "batches":
        return True
    turn = train.visits.round
    first, last = (np.unique(train.example[turn == one]) for one in (turn.min(), turn.max()))
    later = np.unique(train.example[turn > turn.min()])
    steady = np.isin(first, later).mean() >= ALL_COME_BACK and np.isin(last, first).mean() >= FROM_THE_FIRST
    return bool(steady and train.relabelled <= MOST_RELABELLED * len(train))


def sets_of(visits: Visits) -> list[Visits]:
    """Evaluations of unknown origin, by the set that they are of; whatever has positions is one.

    What comes after all of a known set, in one evaluation, is another set.
    """
    if (visits.row >= 0).any() or not visits.keyed.all():
        return [visits]
    sets: list[set[int]] = []
    of_batch: dict[int, int] = {}
    for turn in np.unique(visits.round):
        mine = visits.round == turn
        batches = {int(one): set(visits.key[mine & (visits.batch == one)]) for one in np.unique(visits.batch[mine])}
        known = {number: _home(keys, sets) for number, keys in batches.items()}
        rest = [number for number, home in known.items() if home is None]
        home = _home_of_the_rest(batches, known, sets)
        if rest and home == len(sets):
            sets.append(set())
        for number, keys in batches.items():
            at = known[number]
            of_batch[number] = home if at is None else at
            if at is None:
                sets[home] |= keys
    if not 1 < len(sets) <= MOST_SETS:
        return [visits]
    numbers = np.array([of_batch[int(one)] for one in visits.batch])
    return [visits.only(numbers == one) for one in range(len(sets))]


def _home(keys: set[int], sets: list[set[int]]) -> int | None:
    """The set that most of a batch lies in."""
    return next((at for at, one in enumerate(sets) if len(keys & one) >= HALF * len(keys)), None)


def _home_of_the_rest(batches: dict[int, set[int]], known: dict[int, int | None], sets: list[set[int]]) -> int:
    """Where batches of an evaluation belong that lie in no known set: in one that was met in part, or in a new one."""
    for at, one in enumerate(sets):
        met = {key for number, keys in batches.items() if known[number] == at for key in keys & one}
        if met and len(met) < NEARLY_ALL * len(one):
            return at
    return len(sets)
