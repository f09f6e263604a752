"""95 % intervals of scores: of a cross-validation, and of one held-out split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unstuck.baseline.metrics import Prediction

Array = np.ndarray[Any, Any]
Interval = tuple[float, float]
LEVEL = 0.95
RESAMPLES = 300


def of_folds(scores: Sequence[float], train_rows: Sequence[int], test_rows: Sequence[int]) -> Interval | None:
    """The interval of a mean over folds, corrected for training sets that overlap (Nadeau and Bengio 2003).

    The variance of the mean is (1/k + test rows / training rows) × the variance of the fold scores, and the quantile is
    that of Student's t with k − 1 degrees of freedom. None with a single fold.
    """
    from scipy.special import stdtrit

    k = len(scores)
    if k < 2:
        return None
    variance = (1 / k + float(np.mean(test_rows)) / float(np.mean(train_rows))) * float(np.var(scores, ddof=1))
    half = float(stdtrit(k - 1, 0.5 + LEVEL / 2)) * variance**0.5
    mean = float(np.mean(scores))
    return mean - half, mean + half


def of_rows(
    truth: Array, given: Prediction, score: Callable[[Array, Prediction], float], groups: Array | None, seed: int
) -> Interval:
    """The interval of a score on one held-out split: percentiles over resampled rows, or groups where there are any."""
    random = np.random.default_rng(seed)
    members = None
    if groups is not None:
        names = groups.astype(str)
        members = [np.flatnonzero(names == name) for name in np.unique(names)]
    values = []
    for _ in range(RESAMPLES):
        if members is None:
            rows = random.integers(0, len(truth), len(truth))
        else:
            rows = np.concatenate([members[at] for at in random.integers(0, len(members), len(members))])
        values.append(score(truth[rows], given.take(rows)))
    low, high = np.quantile(values, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)
