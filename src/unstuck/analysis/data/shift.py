"""Drift between splits: which columns, how much, whether it is real, and whether it matters for the label.

Each column gets one p-value, the smallest of five times five: of the distribution functions (Kolmogorov-Smirnov) and
of the ranks (Mann-Whitney, which sees a small shift earlier), both for the values and for their distances from the
training median (which show another spread earlier), and of the share of missing values. Holm's method then corrects for
the number of columns, so that the chance of any false alarm in a split stays what it is for one. Where rows in order
or rows of a unit are alike, the tests count as many rows as are independent (`design_effect`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.compared_columns import pairs, target_column, without_missing
from unstuck.analysis.data.design_effect import classes_effect, effect_of_both, unit_size
from unstuck.analysis.data.sample import Array, Column, DataSet, Target
from unstuck.core.data_types import Form
from unstuck.record.events.data.shift import ColumnShift

LEAST = 10
"""values in each split"""
MOST_COLUMNS = 100
"""events of a split"""
TESTS = 5
"""of one column"""
RARE = 5
"""expected in a cell of the table of categories; rarer categories are joined"""
SUSPECT = 0.01
"""p-value of a column alone, above which it is not asked whether its rows are independent"""
FAR = 0.5
"""distance from which on that does not matter: the held-out data lies elsewhere, for whatever reason"""
FLOOR = 1e-3
"""of the overall spread: no column's spread counts as less"""


def column_shifts(dataset: DataSet, number: int, only: Collection[str] | None = None) -> Iterator[ColumnShift]:
    """Columns of a held-out split and its target against the training split, the most different first.

    Args:
        dataset: all splits.
        number: of the held-out split.
        only: names of the columns that are compared; None: all.
    """
    sample = dataset.samples[number]
    compared = [pair for pair in pairs(dataset, number) if only is None or pair[0].name in only]
    found = _of_columns(dataset, number, compared)
    target = _target_shift(dataset.train.target, sample.target)
    shifts = [replace(one, split=sample.split, other=dataset.train.split) for one in holm([*found, *target])]
    order = sorted(range(len(shifts)), key=lambda at: (shifts[at].p_value, -shifts[at].distance))
    columns = {column.name: column for column, _ in compared}
    for at in order[:MOST_COLUMNS]:
        one = shifts[at]
        related = None if one.target else association(columns[one.column], dataset.train.target)
        yield replace(one, columns=len(found), association=related)


def _of_columns(dataset: DataSet, number: int, both: Sequence[tuple[Column, Column]]) -> list[ColumnShift]:
    """Each column alone, tested with as many rows as are independent."""
    found = [_compared(mine, theirs) for theirs, mine in both]
    suspects = [at for at, one in enumerate(found) if one.p_value < SUSPECT]
    if not suspects:
        return found
    unit = _unit(dataset, [pair for at, pair in enumerate(both) if at not in set(suspects)])
    for at in suspects:
        theirs, mine = both[at]
        effect = max(unit, _order_effect((theirs, dataset.train.codes), (mine, dataset.samples[number].codes)))
        if effect > 1 and found[at].distance < FAR:
            found[at] = _compared(mine, theirs, effect)
    return found


def _unit(dataset: DataSet, calm: Sequence[tuple[Column, Column]]) -> float:
    """How many held-out rows belong together, by the columns that do not drift."""
    if dataset.train.form is not Form.TABLE:
        return 1.0
    sides: tuple[list[Array], list[Array]] = ([], [])
    for theirs, mine in calm:
        if theirs.values.dtype == object:
            continue
        known = without_missing(theirs).values
        spread = float(known.std()) if len(known) else 0.0
        if spread > 0:
            for side, column in zip(sides, (theirs, mine), strict=True):
                scaled = (column.values - known.mean()) / spread
                side.append(np.clip(np.where(np.isfinite(scaled), scaled, 0.0), -10, 10))
    return unit_size(*(np.stack(side, axis=1) for side in sides)) if sides[0] else 1.0


def _order_effect(*sides: tuple[Column, Array | None]) -> float:
    """Of a column in the order of its rows, less its class means, as it is in both splits."""
    (larger, codes), (other, other_codes) = sorted(sides, key=lambda side: -len(side[0].values))
    if larger.values.dtype == object:
        both = [np.unique([str(value) for value in one.values], return_inverse=True)[1] for one in (larger, other)]
        return max(map(classes_effect, both))
    middle = np.nanmedian(larger.values)
    groups = codes, other_codes
    return max(
        effect_of_both(larger.values, other.values, groups),
        effect_of_both(np.abs(larger.values - middle), np.abs(other.values - middle), groups),
    )


def _target_shift(theirs: Target | None, mine: Target | None) -> list[ColumnShift]:
    if theirs is None or mine is None:
        return []
    first, second = target_column(theirs), target_column(mine)
    if first is None or second is None:
        return []
    # A target without any label in a split is no drift; labels that are missing are another rule's.
    there = [without_missing(one) for one in (first, second)]
    if min(len(one.values) for one in there) < LEAST:
        return []
    found = _compared(there[1], there[0])
    if found.p_value < SUSPECT and found.distance < FAR:
        found = _compared(there[1], there[0], _order_effect(*((one, None) for one in there)))
    return [replace(found, target=True)]


def holm(shifts: Sequence[ColumnShift]) -> list[ColumnShift]:
    """With p-values that are corrected for the number of comparisons (Holm, 1979)."""
    order = sorted(range(len(shifts)), key=lambda at: shifts[at].p_value)
    corrected, largest = list(shifts), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(shifts) - rank) * shifts[at].p_value))
        corrected[at] = replace(shifts[at], p_value=largest)
    return corrected


def _compared(mine: Column, theirs: Column, effect: float = 1.0) -> ColumnShift:
    """One column of a split against that of the training split; the p-value is that of this column alone.

    Args:
        mine: of the split.
        theirs: of the training split.
        effect: rows that say as much as one independent row.
    """
    first, second = without_missing(theirs).values, without_missing(mine).values
    missing, other_missing = _missing(mine), _missing(theirs)
    p_missing = _p_of_shares(missing, len(mine.values), other_missing, len(theirs.values), effect)
    shift = ColumnShift(split=0, column=mine.name, missing=missing, other_missing=other_missing)
    if min(len(first), len(second)) < LEAST:
        return replace(shift, p_value=min(1.0, TESTS * p_missing))
    if mine.values.dtype == object:
        return _categories(shift, first, second, p_missing, effect)
    middle = float(np.median(first))
    values = two_samples(first, second, effect)
    away = two_samples(np.abs(first - middle), np.abs(second - middle), effect)
    spread = float(first.std())
    # A column that is (nearly) constant in the training split: its spread must not make a small step look huge.
    size = max(spread, FLOOR * float(np.concatenate([first, second]).std()), 1e-300)
    difference = float(second.mean() - first.mean()) / size if len(np.unique(first)) > 1 else None
    return replace(
        shift, p_value=min(1.0, TESTS * min(*values[1:], *away[1:], p_missing)), distance=max(values[0], away[0]),
        shift=difference,
        mean=float(second.mean()), other_mean=float(first.mean()),
    )  # fmt: skip


def _missing(column: Column) -> float:
    return 1 - len(without_missing(column).values) / max(1, len(column.values))


def two_samples(first: Array, second: Array, effect: float = 1.0) -> tuple[float, float, float]:
    """Kolmogorov-Smirnov distance, its p-value, and the p-value of the rank sum; both for large samples.

    Args:
        first: (n,).
        second: (m,).
        effect: rows that say as much as one independent row.
    """
    from scipy.special import kolmogorov, ndtr

    first, second = np.sort(first), np.sort(second)
    values = np.concatenate([first, second])
    below, other = np.searchsorted(first, values, "right"), np.searchsorted(second, values, "right")
    n, m = len(first), len(second)
    distance = float(np.abs(below / n - other / m).max())
    size = math.sqrt(n * m / (n + m) / effect)
    p_ks = float(kolmogorov((size + 0.12 + 0.11 / size) * distance))
    left = np.searchsorted(first, second, "left")
    wins = float((left + other_ranks(first, second)).sum()) / 2  # pairs in which the second is larger; ties count half
    ties = np.unique(np.concatenate([first, second]), return_counts=True)[1].astype(float)
    total = n + m
    variance = n * m / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    if variance <= 0:
        return distance, p_ks, 1.0
    z = max(0.0, abs(wins - n * m / 2) - 0.5) / math.sqrt(variance * effect)
    return distance, p_ks, float(2 * ndtr(-z))


def other_ranks(first: Array, second: Array) -> Array:
    """How many of the sorted first sample are at most each of the second."""
    return np.searchsorted(first, second, "right")


def _p_of_shares(one: float, n: int, other: float, m: int, effect: float) -> float:
    """Whether two shares differ (pooled z with a correction for continuity)."""
    from scipy.special import ndtr

    pooled = (one * n + other * m) / max(1, n + m)
    if not 0 < pooled < 1 or not n or not m:
        return 1.0
    apart = max(0.0, abs(one - other) - (1 / n + 1 / m) / 2)
    return float(2 * ndtr(-apart / math.sqrt(effect * pooled * (1 - pooled) * (1 / n + 1 / m))))


def _categories(shift: ColumnShift, first: Array, second: Array, p_missing: float, effect: float) -> ColumnShift:
    from scipy.special import chdtrc

    names, codes = np.unique(np.concatenate([first, second]).astype(str), return_inverse=True)
    counts = np.stack([
        np.bincount(codes[: len(first)], minlength=len(names)), np.bincount(codes[len(first) :], minlength=len(names))
    ]).astype(float)  # fmt: skip
    shares = counts / counts.sum(axis=1, keepdims=True)
    most = int(np.abs(shares[1] - shares[0]).argmax())
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    rare = expected.min(axis=0) < RARE
    cells = np.concatenate([counts[:, ~rare], counts[:, rare].sum(axis=1, keepdims=True)], axis=1)
    cells = cells[:, cells.sum(axis=0) > 0]
    expected = np.outer(cells.sum(axis=1), cells.sum(axis=0)) / cells.sum()
    freedom = cells.shape[1] - 1
    p = float(chdtrc(freedom, ((cells - expected) ** 2 / expected).sum() / effect)) if freedom else 1.0
    few = expected.min() < RARE  # the rest of rare categories is rare itself: chi-squared cannot be trusted
    return replace(
        shift, p_value=min(1.0, TESTS * min(1.0 if few else p, p_missing)),
        distance=float(np.abs(shares[1] - shares[0]).sum() / 2), category=str(names[most]),
        share=float(shares[1, most]), other_share=float(shares[0, most]),
    )  # fmt: skip


def association(column: Column, target: Target | None) -> float | None:
    """Share of the variance of ranks (of categories: of the label) that the other explains. In the training split."""
    if target is None:
        return None
    values = column.values
    label: Array
    if target.codes is not None:
        label, known = target.codes, target.codes >= 0
    elif target.values is not None:
        known = np.isfinite(target.values[:, 0])
        label = _deciles(target.values[:, 0], known)
    else:
        return None
    known = known & (~column.missing if values.dtype == object else np.isfinite(values))
    if known.sum() < LEAST:
        return None
    if values.dtype == object:
        return _cramer(values[known].astype(str), label[known])
    _, number, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal values share theirs, whatever their order in the file
    return _explained(ranks[number.reshape(-1)], label[known])


def _deciles(values: Array, known: Array) -> Array:
    edges = np.quantile(values[known], np.linspace(0.1, 0.9, 9)) if known.any() else np.zeros(0)
    return np.searchsorted(edges, values)


def _explained(values: Array, groups: Array) -> float:
    """Variance between groups / variance, less what random groups would explain."""
    _, codes = np.unique(groups, return_inverse=True)
    counts = np.bincount(codes)
    means = np.bincount(codes, values) / counts
    total = float(values.var())
    if total <= 0 or len(values) <= len(counts):
        return 0.0
    share = float((counts * (means - values.mean()) ** 2).sum() / len(values) / total)
    by_chance = (len(counts) - 1) / (len(values) - 1)
    return max(0.0, (share - by_chance) / (1 - by_chance))


def _cramer(one: Array, other: Array) -> float:
    """Square of Cramér's V, without its bias."""
    _, rows = np.unique(one, return_inverse=True)
    _, columns = np.unique(other, return_inverse=True)
    width = int(columns.max()) + 1
    cells = np.bincount(rows * width + columns, minlength=(int(rows.max()) + 1) * width)
    counts = cells.reshape(-1, width).astype(float)
    least = min(counts.shape) - 1
    if not least:
        return 0.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    phi = float(((counts - expected) ** 2 / expected).sum()) / len(one)
    phi -= (counts.shape[0] - 1) * (counts.shape[1] - 1) / (len(one) - 1)
    return float(min(1.0, max(0.0, phi / least)))
