"""Do the labels belong to the inputs? Labels of neighbours, compared row by row, shifted, and along the file.

Shapes: *n* examples, *k* neighbours, *m* examples that are tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import LabelAgreement

FEWEST = 60
"""examples"""
TRIED = 3_000
"""examples whose labels are permuted and shifted"""
PERMUTATIONS = 100
LAGS = 10
"""shifts to each side"""
SHORTEST = 20
"""rows of a stretch; at least a hundredth of the file"""
GROWTH = 1.25
"""of the lengths of stretches that are looked at"""
SHUFFLES = 20
DECILES = 10
RARE = 10
"""examples of a set of tags"""
CHANCE = 3.0
"""standard errors of a correlation"""
LAG_IN_STRETCH = 4.0
"""standard errors by which a shift must improve a stretch"""


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of all rows, as classes, as ranks of a number, or as several tags."""

    values: Array  # (n,), tags (n, k)
    classes: bool

    def agree(self, own: Array, theirs: Array) -> Array:
        """How well each label agrees with those of its neighbours: share that is equal, or product of ranks. (m,)"""
        return np.asarray(self.each(own, theirs).mean(axis=1))

    def each(self, own: Array, theirs: Array) -> Array:
        """The same of each neighbour. (m, k)"""
        if self.classes:
            return np.asarray(own[:, None] == theirs)
        products = own[:, None] * theirs
        return np.asarray(products.mean(axis=-1) if self.values.ndim > 1 else products)

    @property
    def kinds(self) -> Array:
        """Classes, tenths of the ranks, or sets of tags, the rare ones together. (n,)"""
        if self.classes:
            return self.values.astype(np.int64)
        if self.values.ndim > 1:
            _, kinds, counts = np.unique(self.values > 0, axis=0, return_inverse=True, return_counts=True)
            return np.where(counts < RARE, len(counts), np.arange(len(counts)))[kinds.reshape(-1)]
        return np.argsort(np.argsort(self.values)) * DECILES // max(1, len(self.values))


def as_labels(codes: Array | None, values: Array | None) -> Labels:
    """Classes as they are; of numbers the ranks, with mean 0 and standard deviation 1."""
    if codes is not None:
        return Labels(codes, classes=True)
    if values is None:
        raise TooLittle("a target")
    from scipy.stats import rankdata

    ranks = rankdata(values)
    spread = ranks.std()
    return Labels((ranks - ranks.mean()) / (spread or 1.0), classes=False)


def tag_labels(values: Array) -> Labels:
    """Tags, each with mean 0 and standard deviation 1. (n, k) of 0 and 1"""
    spread = values.std(axis=0)
    return Labels((values - values.mean(axis=0))[:, spread > 0] / spread[spread > 0], classes=False)


class Stretch(NamedTuple):
    """A stretch of rows, and how far the agreement in it is below the rest."""

    start: int
    stop: int
    z: float


def label_agreement(split: int, at: Array, labels: Labels, rows: Array, whole: bool) -> LabelAgreement:
    """What neighbours say about whether labels and inputs are in step.

    Args:
        split: its id.
        at: (n, k) neighbours of each example.
        labels: of the same examples.
        rows: (n,) positions in the split.
        whole: nothing is missing between the rows, so that labels can be shifted.
    """
    n = len(at)
    if n < FEWEST:
        raise TooLittle(f"{FEWEST} examples with a label")
    random = np.random.default_rng(0)
    tried = np.sort(random.choice(n, min(n, TRIED), replace=False))
    y = labels.values
    chances = []
    for _ in range(PERMUTATIONS):
        mixed = y[random.permutation(n)]
        chances.append(labels.agree(mixed[tried], mixed[at[tried]]).mean())
    chance, spread = float(np.mean(chances)), float(max(np.std(chances), 1e-9))
    agreement = float(labels.agree(y[tried], y[at[tried]]).mean())
    z = (agreement - chance) / spread
    lag, lag_z = _best_lag(labels, at, tried, chance, spread) if whole else (0, z)
    found = LabelAgreement(
        split=split, looked_at=n, z=z, agreement=agreement, chance=chance, lag=lag, lag_z=lag_z, ordered=whole
    )
    return _with_stretch(found, at, labels, rows, random) if whole else found


def _best_lag(labels: Labels, at: Array, tried: Array, chance: float, spread: float) -> tuple[int, float]:
    """The shift at which the labels agree most with those of their neighbours, and its z."""
    n, y = len(at), labels.values
    best = (0, -np.inf)
    for lag in sorted(range(-LAGS, LAGS + 1), key=abs):
        fits = tried[(tried + lag >= 0) & (tried + lag < n)]
        theirs = np.clip(at[fits] + lag, 0, n - 1)
        z = (float(labels.agree(y[fits + lag], y[theirs]).mean()) - chance) / spread
        if z > best[1]:
            best = lag, z
    return best


def _with_stretch(
    found: LabelAgreement, at: Array, labels: Labels, rows: Array, random: np.random.Generator
) -> LabelAgreement:
    """The same with the stretch of rows that agrees least."""
    from dataclasses import replace

    y = labels.values
    own = labels.agree(y, y[at])
    kinds = labels.kinds
    count = np.maximum(1, np.bincount(kinds))
    centred = own - (np.bincount(kinds, weights=own) / count)[kinds]
    worst = worst_stretch(centred)
    if worst is None:
        return found
    mixed = [worst_stretch(random.permutation(centred)) for _ in range(SHUFFLES)]
    shuffled = max(one.z for one in mixed if one is not None)
    inside = np.arange(worst.start, worst.stop)
    expected = float(np.delete(own, inside).mean())
    return replace(
        found, start=int(rows[worst.start]), stop=int(rows[worst.stop - 1]) + 1,
        stretch_z=worst.z / math.sqrt(repetition(centred, worst)),
        stretch_shuffled_z=shuffled, stretch_agreement=float(own[inside].mean()), stretch_expected=expected,
        stretch_lag=_stretch_lag(labels, at, worst),
    )  # fmt: skip


def repetition(values: Array, stretch: Stretch) -> float:
    """How many rows in a row count as one: windows of one picture or recording agree with those beside them.

    1 + 2 × the sum of the correlations with the next rows, up to the first one that chance explains. The means of the
    stretch and of the rest are taken out, so that a fault does not hide itself.
    """
    inside = np.zeros(len(values), bool)
    inside[stretch.start : stretch.stop] = True
    rest = values - np.where(inside, values[inside].mean(), values[~inside].mean())
    power, total = float((rest * rest).sum()), 1.0
    for lag in range(1, len(rest) // 4):
        correlation = float((rest[lag:] * rest[:-lag]).sum()) / power if power > 0 else 0.0
        if correlation < CHANCE / math.sqrt(len(rest)):
            break
        total += 2 * correlation
    return total


def worst_stretch(values: Array) -> Stretch | None:
    """The stretch whose mean is farthest below that of all values, in standard errors.

    Args:
        values: (n,).
    """
    n = len(values)
    spread = float(values.std())
    shortest = max(SHORTEST, n // 100)
    if spread == 0 or shortest > n // 2:
        return None
    total = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    best = Stretch(0, 0, 0.0)
    length = float(shortest)
    while length <= n // 2:
        size = int(length)
        starts = np.append(np.arange(0, n - size, max(1, size // 8)), n - size)
        z = (total[starts] - total[starts + size]) / (spread * np.sqrt(size * (1 - size / n)))
        at = int(z.argmax())
        if z[at] > best.z:
            best = Stretch(int(starts[at]), int(starts[at]) + size, float(z[at]))
        length *= GROWTH
    return _refined(total, spread, best, shortest) if best.stop else None


def _refined(total: Array, spread: float, best: Stretch, shortest: int) -> Stretch:
    """The same with its ends moved to where the difference is largest."""
    n = len(total) - 1
    for _ in range(3):
        for end in (0, 1):
            middle = best[end]
            reach = max(2, (best.stop - best.start) // 4)
            moved = np.arange(max(0, middle - reach), min(n, middle + reach) + 1)
            start, stop = (moved, best.stop) if end == 0 else (best.start, moved)
            size = np.asarray(stop - start, dtype=np.float64)
            good = (size >= shortest) & (size <= n - shortest)
            size = np.where(good, size, 1.0)
            z = np.where(good, (total[start] - total[stop]) / (spread * np.sqrt(size * (1 - size / n))), -np.inf)
            at = int(z.argmax())
            if z[at] > best.z:
                ends = (int(moved[at]), best.stop) if end == 0 else (best.start, int(moved[at]))
                best = Stretch(*ends, float(z[at]))
    return best


def _stretch_lag(labels: Labels, at: Array, worst: Stretch) -> int:
    """The shift at which labels of the stretch agree with neighbours outside it; 0: none."""
    n, y = len(at), labels.values
    inside = np.arange(worst.start, worst.stop)
    theirs = at[inside]
    outside = (theirs < worst.start) | (theirs >= worst.stop)
    weight = outside.sum(axis=1)
    use = weight > 0
    if use.sum() < SHORTEST // 2:
        return 0

    def at_lag(lag: int) -> Array:
        moved = np.clip(inside[use] + lag, 0, n - 1)
        each = labels.each(y[moved], y[theirs[use]])
        return np.asarray((each * outside[use]).sum(axis=1) / weight[use])

    now = at_lag(0)
    best = (0, 0.0)
    for lag in sorted((lag for lag in range(-LAGS, LAGS + 1) if lag), key=abs):
        gain = at_lag(lag) - now
        z = float(gain.mean() / max(1e-9, gain.std() / np.sqrt(len(gain))))
        if z > max(best[1], LAG_IN_STRETCH):
            best = lag, z
    return best[0]
