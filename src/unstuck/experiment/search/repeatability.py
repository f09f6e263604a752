"""Whether two branches without a difference between them had the same losses, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import trainings
from unstuck.experiment.branch.end import End

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch


def first_difference(one: Branch, other: Branch) -> int | None:
    """The backward call from which the losses of two branches differ; None where they never do."""
    first, second = (
        [series for training in trainings(each.record) for series in training.losses] for each in (one, other)
    )
    places = []
    for a, b in zip(first, second, strict=False):
        common = min(len(a.value), len(b.value))
        x, y = a.value[:common], b.value[:common]
        differ = np.flatnonzero((x != y) & ~(np.isnan(x) & np.isnan(y)))
        places += [int(a.index[differ[0]])] if len(differ) else []
    if places:
        return min(places)
    cut = End.SECONDS in (one.ended, other.ended)  # by the clock, not at the same step
    lengths = [[len(each.value) for each in some] for some in (first, second)]
    return None if cut or lengths[0] == lengths[1] else min(min(some, default=0) for some in lengths)
