"""Values put in the place of missing ones: a number that repeats in the middle of a column that hardly repeats any.

Shapes: *u* different values of a column.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.distinct_values import Values

LEAST = 50
"""other values"""
LEAST_COUNT, LEAST_SHARE = 5, 0.02
MOST_SHARE = 0.6
OFTEN = 5.0
"""times as often as any other value: ages and hours a week repeat their commonest value twice to five times as often as
the next one"""
DIFFERENT = 0.3
"""different values among the others, as a share of them: fewer are counts, grades or rounded amounts"""
ERRORS = 1.0
"""standard errors of a median: so far from the middle of the others is the middle"""
EQUAL = 1e-3
"""standard deviations from the mean of the others, to which it is that mean"""


class Imputed(NamedTuple):
    """What stands in the place of missing values."""

    value: float
    distance: float
    """to the nearest other value, in standard deviations of the others"""


def imputed(values: Values) -> Imputed | None:
    """The value that seems to be put in for missing ones: the mean or the median of all others."""
    if len(values.value) <= LEAST:
        return None
    at = int(values.times.argmax())
    value, times = float(values.value[at]), int(values.times[at])
    others = values.without(at)
    total, most = others.total, int(others.times.max())
    if times < max(LEAST_COUNT, LEAST_SHARE * values.total, OFTEN * most) or times > MOST_SHARE * values.total:
        return None
    if total < LEAST or len(others.value) < DIFFERENT * total or not others.std > 0:
        return None
    below = float(others.times[others.value < value].sum()) / total
    median = abs(below - 0.5) <= ERRORS * 0.5 / total**0.5
    mean = abs(value - float(np.average(others.value, weights=others.times))) <= EQUAL * others.std
    if not (median or mean):
        return None
    return Imputed(value, float(np.abs(others.value - value).min()) / others.std)
