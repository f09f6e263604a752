"""Loss and accuracy of each pass over held-out data, from the outputs in its batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.ledger.outputs import said
from unstuck.record.events.data.passed import HeldOutPass

if TYPE_CHECKING:
    from unstuck.analysis.ledger.passed import Passed

MOST_PASSES = 2_000


def passes(passed: Passed, split: int, training: int) -> Iterator[HeldOutPass]:
    """One event for each pass, in order.

    Args:
        passed: held-out data.
        split: its id.
        training: number of the training.
    """
    if passed.outputs is None or passed.visit_labels is None:
        return
    found = said(passed.outputs, passed.visit_labels, passed.function)
    if found.loss is None:
        return
    codes = passed.visit_labels.reshape(len(found.loss), -1)
    right = None
    if found.probabilities is not None and codes.shape[1] == 1:
        right = found.probabilities.argmax(axis=1) == codes[:, 0]
    rounds = passed.visits.round
    for number in np.unique(rounds)[:MOST_PASSES]:
        mine = (rounds == number) & np.isfinite(found.loss)
        if mine.any():
            yield HeldOutPass(
                split=split, training=training, step=int(passed.visits.step[mine].max()),
                loss=float(found.loss[mine].mean()), accuracy=None if right is None else float(right[mine].mean()),
                looked_at=int(mine.sum()), function=passed.function,
            )  # fmt: skip
