"""What a network said of its training examples before it memorised their labels.

Shapes: *n* examples, *K* classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unstuck.analysis.data.sample import Array

FEWEST = 2
"""epochs"""
LONGEST = 1 / 3
"""of the epochs that are known"""
SEEN = 0.9
"""share of the examples that must have been seen in them"""


def early_window(by_epoch: Sequence[Array], codes: Array, enough: float) -> Array | None:
    """The mean probability of each class until the training accuracy first exceeds ``enough``. (n, K)

    Args:
        by_epoch: (n, K) of each epoch, NaN for examples that were not seen.
        codes: (n,) labels as given.
        enough: share of the neighbours that share the label.

    Returns:
        None where the window is too short, or too few examples were seen in it.
    """
    last = max(FEWEST, round(LONGEST * len(by_epoch)))
    if len(by_epoch) < FEWEST:
        return None
    total, visits = np.zeros(by_epoch[0].shape), np.zeros(len(codes))
    for number, values in enumerate(by_epoch[:last], start=1):
        seen = np.isfinite(values).all(axis=1)
        total[seen] += values[seen]
        visits += seen
        accuracy = float(np.mean(values[seen].argmax(axis=1) == codes[seen])) if seen.any() else 0.0
        if number >= FEWEST and accuracy > enough:
            break
    if (visits > 0).mean() < SEEN:
        return None
    rest = total.sum(axis=0) / max(1.0, visits.sum())
    return np.where(visits[:, None] > 0, total / np.maximum(visits, 1)[:, None], rest)
