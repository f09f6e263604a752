"""A part of the examples that is a mode of its own: so many of them that they are no outliers any more.

Shapes: *N* examples, *S* cells of a side, *C* channels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array

FEWEST, MOST = 0.02, 0.5
"""share of the examples: fewer are outliers, more are the usual case"""
LEAST = 10
"""examples of a mode"""
APART = 4.0
"""Ashman's D: the distance of two modes over the mean of their spreads; 2 separates them"""
FLOOR = 0.05
"""least spread of a mode"""
VALLEY, EMPTY = 0.2, 0.05
"""middle part of the way between the modes, and the most examples of it, as a share of the smaller mode"""
BINS = 256
EQUAL = 1e-4
"""of the spread of all cells: smaller differences are rounding"""
CUT = 0.25
"""of the rows"""
FADING = 0.5
"""examples of which fewer rows are empty, as a share of those of which more are: a background fades out"""
OTHER_END = 0.2
"""the same, at the other end: a background is at both"""


def lower_mode(values: Array) -> float | None:
    """The value that separates a mode of low values from the rest; None where there is no such mode.

    Args:
        values: (N,); NaN counts for nothing.
    """
    known = values[np.isfinite(values)]
    if len(known) * FEWEST < 1 or len(known) < 2 * LEAST:
        return None
    cut = _between(known)
    low, high = known[known < cut], known[known >= cut]
    if not FEWEST * len(known) <= len(low) <= MOST * len(known) or len(low) < LEAST:
        return None
    (first, one), (second, other) = _middle(low), _middle(high)
    if second - first < APART * math.sqrt((one**2 + other**2) / 2):
        return None
    way = (known - first) / (second - first)
    between = np.abs(way - 0.5) <= VALLEY / 2
    return first + (second - first) / 2 if between.sum() <= EMPTY * len(low) else None


def _between(values: Array) -> float:
    """The cut with the largest variance between its sides (Otsu)."""
    counts, edges = np.histogram(values, BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1].astype(float)
    total = np.cumsum(counts * middles)
    above = len(values) - below
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = below * above * (total[:-1] / below - (total[-1] - total[:-1]) / above) ** 2
    return float(edges[1:-1][np.nan_to_num(variance).argmax()])


def _middle(values: Array) -> tuple[float, float]:
    """Median and robust spread."""
    middle = float(np.median(values))
    return middle, max(FLOOR, 1.4826 * float(np.median(np.abs(values - middle))))


class Ends(NamedTuple):
    """Rows at the ends of images that hold what most images hold there: nothing."""

    bottom: Array  # (N,) share of the rows
    top: Array


def empty_ends(cells: Array) -> Ends:
    """How much of each image is empty at its lower and its upper end.

    Empty is a row that holds what no other row of its place holds as often: a scale of its own for each pixel does not
    matter.

    Args:
        cells: (N, S, S, C), finite.
    """
    count, side = cells.shape[:2]
    rows = cells.reshape(count, side, -1)
    step = max(EQUAL * float(rows.std(dtype=np.float64)), 1e-30)
    factors = np.random.default_rng(0).integers(1 << 62, size=rows.shape[2]) | 1
    empty = np.zeros((count, side), bool)
    for at in range(side):
        whole = np.round(rows[:, at].astype(np.float64) / step).astype(np.int64)
        keys = (whole * factors).sum(axis=1)  # modulo 2⁶⁴: equal rows have equal keys
        empty[:, at] = keys == _most_frequent(keys)
    return Ends(*(np.cumprod(part, axis=1).sum(axis=1) / side for part in (empty[:, ::-1], empty)))


def _most_frequent(keys: Array) -> int:
    values, counts = np.unique(keys, return_counts=True)
    return int(values[counts.argmax()])


def cut_off(ends: Ends) -> Array:
    """Which images lack their lower end, where that is no background. (N,) bool.

    A background fades out: many images have a few empty rows, and at the upper end as well.
    """
    cut = (ends.bottom >= CUT) & (ends.bottom < 1)
    share = float(cut.mean()) if len(cut) else 0.0
    fading = float(((ends.bottom > 0) & (ends.bottom < CUT)).mean()) if len(cut) else 0.0
    other = float(((ends.top >= CUT) & (ends.top < 1)).mean()) if len(cut) else 0.0
    apart = FEWEST <= share <= MOST and cut.sum() >= LEAST and fading <= FADING * share and other <= OTHER_END * share
    return cut if apart else np.zeros(len(cut), bool)
