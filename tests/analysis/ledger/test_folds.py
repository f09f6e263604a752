"""The examples that several trainings hold out, counted together."""

from __future__ import annotations

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
        ([*FOLDS[:2], [], [], []], 100),
        ([FOLDS[0], []], None),
    ],
    ids=["folds", "search", "one training", "folds of which two were seen", "one evaluates"],
)
def test_folds_are_added_and_a_search_is_not(held_out, count):
    batches = [batch for number, keys in enumerate(held_out) for batch in training(number, keys)]
    assert in_all_trainings(Ledger.of([*SOURCES, *batches]), "") == count


def test_another_split_is_another_one():
    batches = [*training(0, FOLDS[0]), *training(1, FOLDS[1], source=2)]
    assert in_all_trainings(Ledger.of([*SOURCES, *batches]), "") is None
