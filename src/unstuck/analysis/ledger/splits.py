"""What of it was trained on, and what was held out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.ledger.passed import Passed, passed
from unstuck.analysis.ledger.unknown_sources import comes_back, sets_of
from unstuck.analysis.ledger.visits import Ledger, Visits, main_training, visits_of
from unstuck.core.outcome import TooLittle
from unstuck.record.ledger import Batch, Phase

Array = np.ndarray[Any, Any]

TRAINING_NAME, HELD_OUT_NAME = "training data", "held-out data"
HELD_OUT_WORD = re.compile(r"(?<![a-z])(val|valid|validation|test|dev|eval|held|holdout|heldout)(?![a-z])")
"""in the user's own name"""
ALL, HALF = 0.98, 0.5
MOST_FROM_ONE = 0.5
"""share of what was trained on that comes from one place; reinforcement learning and generated data have many"""
OTHER = 0.05
"""share of the examples of a training that others did not have, from which on it is another fold: a fold of twenty"""


class Splits(NamedTuple):
    """Of one training."""

    training: int
    number_of_trainings: int
    train: Passed
    held_out: tuple[Passed, ...]
    names: tuple[str, ...]
    """of all, the training data first"""
    in_all: tuple[int | None, ...] = ()
    """different examples that all trainings together held out under the name of each split; None: one training did"""


def splits_of(ledger: Ledger) -> Splits:
    """The data of the training that most examples went through.

    Raises:
        TooLittle: nothing was trained, or no example is known.
    """
    training = main_training(ledger)
    if training is None:
        raise TooLittle("a training whose batches were recorded")
    trained = [one for one in ledger.batches if one.phase is Phase.TRAINING and one.training == training]
    visits = visits_of(ledger, trained)
    homes = _largest_first(visits)
    train = next((made for home in homes if (made := _of(ledger, visits, home, Phase.TRAINING)) is not None), None)
    if train is None:
        raise TooLittle("training examples that can be told apart")
    if len(train.visits) < MOST_FROM_ONE * len(visits):
        raise TooLittle("one data set that is trained on (the batches come from many places)")
    if not train.located and not comes_back(train):
        raise TooLittle("training examples that come back (each was seen once: they are made anew)")
    evaluated = visits_of(ledger, _evaluated(ledger, training))
    held_out = []
    for home in _largest_first(evaluated):
        mine = evaluated.only(evaluated.home == home)
        rest = _never_trained(mine, visits, home)
        for one in () if rest is None else sets_of(rest):
            made = _of(ledger, one, home, Phase.EVALUATION, train.function)
            if made is not None and not _is_training_data(made, train):
                held_out.append(made)
    held_out.sort(key=lambda one: (int(one.visits.step.min()), one.source.id))
    return Splits(
        training, len({one.training for one in ledger.batches if one.phase is Phase.TRAINING}), train, tuple(held_out),
        (TRAINING_NAME, *_names(held_out)), (None, *(in_all_trainings(ledger, one.source.name) for one in held_out)),
    )  # fmt: skip


def in_all_trainings(ledger: Ledger, name: str) -> int | None:
    """Different examples that were held out under this name, of all trainings: those of all folds; None where one was.

    A training whose evaluation was not seen has held out as many others, if it was trained on other examples under the
    same name.
    """
    trained, held_out = (_keys_by_training(ledger, phase, name) for phase in (Phase.TRAINING, Phase.EVALUATION))
    own = {number: keys[~np.isin(keys, trained.get(number, keys[:0]))] for number, keys in held_out.items()}
    own = {number: keys for number, keys in own.items() if len(keys)}
    if not own:
        return None
    known = [trained[number] for number in own if number in trained]
    seen = np.unique(np.concatenate(known)) if known else np.zeros(0, np.int64)
    called = _called(ledger)
    alike = {name for number in own for name in called.get(number, ())}
    rest = [keys for number, keys in trained.items() if number not in own and alike & called[number]]
    others = [keys for keys in rest if (~np.isin(keys, seen)).mean() >= OTHER]
    different = len(np.unique(np.concatenate(list(own.values()))))
    folds = len(own) + len(others)
    return None if folds < 2 else different + round(len(others) * different / len(own))


def _called(ledger: Ledger) -> dict[int, set[str]]:
    """Training → what the user calls the sources of its batches."""
    found: dict[int, set[str]] = {}
    for one in ledger.batches:
        if one.phase is Phase.TRAINING:
            found.setdefault(one.training, set()).add(ledger.source(one.source).name)
    return found


def _keys_by_training(ledger: Ledger, phase: Phase, name: str) -> dict[int, Array]:
    """Training → keys of its examples; of evaluations those that have this name."""
    found: dict[int, list[Array]] = {}
    for one in ledger.batches:
        named = phase is Phase.TRAINING or ledger.source(one.source).name == name
        if one.phase is phase and named and one.keys is not None:
            found.setdefault(one.training, []).append(one.keys)
    return {number: np.unique(np.concatenate(keys)) for number, keys in found.items()}


def _evaluated(ledger: Ledger, training: int) -> list[Batch]:
    """Evaluations during this training, or of no other."""
    found = [one for one in ledger.batches if one.phase is Phase.EVALUATION]
    return [one for one in found if one.training == training] or found


def _largest_first(visits: Visits) -> list[int]:
    homes, counts = np.unique(visits.home, return_counts=True)
    return [int(home) for home in homes[np.argsort(-counts, kind="stable")]]


def _of(ledger: Ledger, visits: Visits, home: int, phase: Phase, function: str | None = None) -> Passed | None:
    return passed(ledger, visits.only(visits.home == home), home, phase, function)


def _never_trained(mine: Visits, trained: Visits, home: int) -> Visits | None:
    """Visits of examples of this home that the training did not see; all if half of it or more was not seen.

    A look at the training examples, or at all data together, is no held-out data.
    """
    there = trained.only(trained.home == home)
    if not len(there):
        return mine
    located = mine.row >= 0
    known = np.where(located, np.isin(mine.row, there.row[there.row >= 0]), np.isin(mine.key, there.key[there.keyed]))
    of_pass = np.array([known[mine.round == number].mean() for number in range(int(mine.round.max()) + 1)
                        if (mine.round == number).any()])  # fmt: skip
    apart = mine.only(~known)
    if not len(apart):
        return None
    if not located.any():  # several rounds: those over training examples go
        numbers = np.unique(mine.round)
        return mine.only(np.isin(mine.round, numbers[of_pass < ALL])) if (of_pass < ALL).any() else None
    return mine if 1 - known.mean() >= HALF else apart


def _is_training_data(one: Passed, train: Passed) -> bool:
    """All of it was trained on: a look at how well training data is fitted, unless the user calls it held out."""
    if one.source.id == train.source.id or not one.visits.keyed.any() or not train.visits.keyed.any():
        return False
    mine = np.unique(one.visits.key[one.visits.keyed])
    theirs = np.unique(train.visits.key[train.visits.keyed])
    called_held_out = HELD_OUT_WORD.search(one.source.name.lower().replace("_", " ")) is not None
    return bool(np.isin(mine, theirs).mean() >= ALL) and not called_held_out


def _names(held_out: list[Passed]) -> Iterator[str]:
    given: list[str] = []
    for one in held_out:
        name = one.source.name or HELD_OUT_NAME
        same = sum(1 for other in given if other == name)
        given.append(name)
        yield name if not same else f"{name} {same + 1}"
