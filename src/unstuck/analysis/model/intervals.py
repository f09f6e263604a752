"""95 % intervals: Wilson's of a share, the bootstrap of everything else; and the paired bootstrap of two models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
LEVEL = 0.95
Z = 1.959963984540054
"""quantile of the normal distribution"""
RESAMPLES = 400
MOST_DRAWN = 20_000_000
"""numbers of all resamples together"""
LEAST_RESAMPLES = 100
Interval = tuple[float, float]


def wilson(hits: float, count: float) -> Interval:
    """The interval of a share (Wilson 1927)."""
    if count <= 0:
        return 0.0, 1.0
    share, z2 = hits / count, Z * Z
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z * np.sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def resampled_weights(rows: Array, seed: int, *, resamples: int = RESAMPLES) -> Iterator[Array]:
    """How often each label is drawn, once for each resample; labels of one example are drawn together.

    Args:
        rows: (m,) the example of each label.
        seed: of the draws.
        resamples: fewer where there are very many labels.
    """
    random = np.random.default_rng(seed)
    examples, member = np.unique(rows, return_inverse=True)
    count = len(examples)
    for _ in range(int(np.clip(MOST_DRAWN // max(1, len(rows)), LEAST_RESAMPLES, resamples))):
        drawn = np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)
        yield drawn[member]


def bootstrap(metrics: Mapping[str, Callable[[Array], float]], rows: Array, seed: int) -> dict[str, Interval]:
    """The interval of each metric: percentiles over resampled examples."""
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for weights in resampled_weights(rows, seed):
        for name, metric in metrics.items():
            values[name].append(metric(weights))
    ends = [0.5 - LEVEL / 2, 0.5 + LEVEL / 2]
    found = {}
    for name, drawn in values.items():
        known = [value for value in drawn if not np.isnan(value)]
        if len(known) >= LEAST_RESAMPLES // 2:
            low, high = np.quantile(known, ends)
            found[name] = float(low), float(high)
    return found


class Difference(NamedTuple):
    """Of two models on the same examples."""

    value: float
    low: float
    high: float
    p_lower: float
    """one-sided p value that it is not below 0"""


def paired(one: Callable[[Array], float], other: Callable[[Array], float], rows: Array, seed: int) -> Difference:
    """``one − other``, with both scored on the same resamples."""
    from scipy.special import ndtr

    whole = np.ones(len(rows))
    value = one(whole) - other(whole)
    drawn = np.array([one(weights) - other(weights) for weights in resampled_weights(rows, seed)])
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) < LEAST_RESAMPLES // 2 or np.isnan(value):
        return Difference(value, np.nan, np.nan, 1.0)
    spread = float(drawn.std(ddof=1))
    p = float(ndtr(value / spread)) if spread > 0 else (0.0 if value < 0 else 1.0)
    low, high = np.quantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Difference(value, float(low), float(high), p)


def mcnemar(only_one: int, only_other: int) -> float:
    """Two-sided p value of McNemar's exact test."""
    from scipy.special import bdtr

    both = only_one + only_other
    return min(1.0, 2 * float(bdtr(min(only_one, only_other), both, 0.5))) if both else 1.0


