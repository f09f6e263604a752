"""How many rows say as much as one independent row: where rows in order, or rows of one unit, are alike.

Hours of a series, windows of a recording and frames of a film follow each other and resemble each other; windows of a
person resemble each other in any order. A test that counts each of them takes a few units for many observations. The
design effect (Kish, 1965) is the number of rows by which the number of observations has to be divided.

Shapes: *n* training rows, *m* held-out rows, *d* columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from unstuck.analysis.data.sample import Array

BLOCKS = 20
"""blocks of consecutive rows at least: the variance of their means is known to a third"""
CLEAR = 4.0
"""standard errors by which the means of blocks vary more than those of shuffled rows"""
NEIGHBOURS = 10
MOST = 1_000
"""held-out rows whose neighbours are looked at"""
MOST_BASE = 4_000
"""rows of each split among which neighbours are looked for"""
LEAST_COLUMNS = 3
PURE = 0.1
"""of the way from neighbours at random to neighbours of the same split alone, above which a split is one of units: with
the errors of 200 held-out rows, random splits have up to 0.03"""


def order_effect(values: Array, groups: Array | None = None) -> float:
    """By which the variance of the mean exceeds that of shuffled rows; 1 where the order says nothing.

    Args:
        values: (n,) in the order of the rows; NaN is left out.
        groups: (n,) classes whose means are no part of it: a file may be sorted by class.
    """
    values = np.asarray(values, np.float64)
    known = np.isfinite(values)
    away = values[known]
    if groups is not None:
        codes = np.unique(groups[known], return_inverse=True)[1].reshape(-1)
        away = away - (np.bincount(codes, away) / np.bincount(codes))[codes] if len(away) else away
    away = away - away.mean() if len(away) else away
    variance = float(away.var()) if len(away) else 0.0
    largest = len(away) // BLOCKS
    if variance <= 0 or largest < 2:
        return 1.0
    total = np.concatenate([[0.0], np.cumsum(away)])
    clear, effect, size = False, 1.0, 2
    while True:
        size = min(size, largest)
        means = (total[size:] - total[:-size]) / size
        effect = size * float(means.var()) / variance
        clear = clear or effect > 1 + CLEAR * math.sqrt(2 * size / len(away))
        if size == largest:
            return max(1.0, effect) if clear else 1.0
        size *= 2


def effect_of_both(larger: Array, other: Array, groups: Sequence[Array | None] = (None, None)) -> float:
    """Of two parts of a column: of the larger one, whose blocks are longer; of the other where that one is shuffled.

    Blocks that are shorter than a cycle, such as a week, vary more than the mean of the whole part does.
    """
    effect = order_effect(larger, groups[0])
    return effect if effect > 1 else order_effect(other, groups[1])


def classes_effect(codes: Array, of: int | None = None) -> float:
    """The largest one of the classes, or that of one class; -1 is no class. A file that is sorted by class has none."""
    known = codes[codes >= 0]
    frequent = np.flatnonzero(np.bincount(known)) if len(known) else np.zeros(0, int)
    if np.count_nonzero(np.diff(known)) < len(frequent):  # each class in one piece
        return 1.0
    return max((order_effect(known == code) for code in frequent if of in (None, code)), default=1.0)


def unit_size(train: Array, other: Array) -> float:
    """About how many held-out rows belong together and apart from the training rows; 1 where a split was drawn by rows.

    Of a split by rows, the neighbours of a held-out row are held-out rows as often as any rows are. Where units such as
    persons were dealt out, its neighbours are the other rows of its unit. The columns must be such that do not drift
    themselves. At most `NEIGHBOURS` + 1.

    Args:
        train: (n, d) finite.
        other: (m, d) finite.
    """
    if train.shape[1] < LEAST_COLUMNS or min(len(train), len(other)) < 2 * NEIGHBOURS:
        return 1.0
    random = np.random.default_rng(0)
    share = min(1.0, MOST_BASE / len(train), MOST_BASE / len(other))  # the same of both: units are thinned evenly
    first, second = (one[random.permutation(len(one))[: math.ceil(share * len(one))]] for one in (train, other))
    queries = second[: min(MOST, len(second))]
    base = np.concatenate([second, first])
    apart = (base**2).sum(axis=1) - 2 * queries @ base.T
    apart[np.arange(len(queries)), np.arange(len(queries))] = np.inf
    index = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    at_random = (len(second) - 1) / (len(base) - 1)
    excess = float((index < len(second)).mean()) - at_random
    purity = excess / (1 - at_random)
    return 1 + NEIGHBOURS * purity if purity > PURE else 1.0
