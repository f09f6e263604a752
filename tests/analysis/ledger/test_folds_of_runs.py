"""The examples that several trainings hold out, counted together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.analysis.ledger.splits import in_all_trainings
from unstuck.analysis.ledger.visits import Ledger
from unstuck.record.ledger import Batch, Phase, Source

SOURCES = (Source(id=0, what="tensor", name="x_train"), Source(id=1, what="batches"), Source(id=2, name="x_val"))


def one(phase, training, keys, source=1):
    return Batch(source=source, phase=phase, training=training, size=len(keys), keys=np.array(keys))


def training(number, held_out, source=1):
    """An example that is not held out is trained on, and the fit on it is looked at as well."""
    trained = np.setdiff1d(np.arange(100), held_out)
    return [
        one(Phase.TRAINING, number, trained, source=0),
        *([one(Phase.EVALUATION, number, np.r_[trained[:5], held_out], source)] if held_out else []),
    ]


FOLDS = [list(range(at, at + 20)) for at in range(0, 100, 20)]


@pytest.mark.parametrize(
    ("held_out", "count"),
    [
        (FOLDS, 100),
        ([FOLDS[0]] * 5, 20),
        ([FOLDS[0]], None),
    ],
    ids=["folds", "search", "one training"],
)
def test_folds_are_added_and_a_search_is_not(held_out, count):
    batches = [batch for number, keys in enumerate(held_out) for batch in training(number, keys)]
    assert in_all_trainings(Ledger.of([*SOURCES, *batches]), "") == count


@pytest.mark.parametrize(
    ("other", "source", "count"),
    [(FOLDS[1], 0, 40), (FOLDS[0], 0, None), (FOLDS[0][:-2], 0, None), (FOLDS[1], 2, None)],
    ids=["fold", "search", "hardly another", "of other data"],
)
def test_a_fold_whose_evaluation_was_not_seen_is_told_by_what_it_was_trained_on(other, source, count):
    seen, (not_evaluated, *_) = training(0, FOLDS[0]), training(1, other)
    found = Ledger.of([*SOURCES, *seen, replace(not_evaluated, source=source)])
    assert in_all_trainings(found, "") == count
