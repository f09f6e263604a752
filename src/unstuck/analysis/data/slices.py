"""Slices in which a model fails: at most two conditions, found on one half of the rows and tested on the other.

Shapes: *n* rows, *p* conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unstuck.analysis.data.sample import Array, Column
from unstuck.core.data_types import ColumnType
from unstuck.core.words import number

BINS = 16
"""of a column of numbers, for its thresholds"""
FINE_BINS = 128
"""for the thresholds of the slice that was found"""
MOST_CATEGORIES = 30
MOST_CONDITIONS = 800
"""that are tried in pairs; of more those that are best alone"""
LEAST_ROWS = 30
"""of a slice, in each half"""
LEAST_HALF = 100
SMALLEST_SHARE = 0.005
MOST_LOOKED_AT = 2000
"""pairs of conditions, the clearest first, among which the candidates are"""
AS_CLEAR = 0.95
"""× the excess of two conditions: a single one that reaches it is enough"""
CANDIDATES = 8
"""slices of the first half that are tested on the second"""
LEVEL = 0.01
"""of the test, corrected for the candidates"""
LEAST_RATIO = 1.25
"""× the mean loss of all other rows"""


@dataclass(frozen=True, eq=False)
class _Table:
    """Columns as numbers."""

    names: tuple[str, ...]
    codes: Array  # (n, columns)
    """numbers, or numbers of categories; NaN where a value is missing"""
    categories: tuple[tuple[str, ...] | None, ...]
    """of each column; None for numbers"""
    times: tuple[bool, ...]

    def part(self, rows: Array) -> _Table:
        """Some rows."""
        return _Table(self.names, self.codes[rows], self.categories, self.times)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What all rows of a slice have in common in one column."""

    column: int
    sign: str
    """``>``, ``≤`` or ``=``"""
    value: float
    """a threshold; of a category its number, of a missing value NaN"""

    def holds(self, codes: Array) -> Array:
        """For which rows; (n,)."""
        values = codes[:, self.column]
        if self.sign == "=":
            return np.isnan(values) if np.isnan(self.value) else values == self.value
        return values > self.value if self.sign == ">" else values <= self.value


@dataclass(frozen=True, eq=False, kw_only=True)
class Slice:
    """Rows on which the loss is much larger than on all others."""

    conditions: tuple[Condition, ...]
    words: tuple[str, ...]
    """the conditions as text"""
    inside: Array  # (n,) bool
    """without the rows of the slices before it"""
    loss: float
    """mean in the half that did not choose the slice"""
    other_loss: float
    p_value: float
    """one-sided, Welch's test, corrected for the number of slices that were tested"""


def find_slices(columns: Sequence[Column], loss: Array, *, most: int = 3, seed: int = 0) -> list[Slice]:
    """The slices with the clearest excess of loss, the clearest first.

    Args:
        columns: of the rows; numbers, times and categories are used.
        loss: of each row (n,), from a model that was not fitted on it.
        most: slices.
        seed: of the halves.
    """
    used = [column for column in columns if column.type in (ColumnType.NUMBER, ColumnType.TIME, ColumnType.CATEGORY)]
    if not used or len(loss) < 2 * LEAST_HALF:
        return []
    table = _table(used)
    half = np.random.default_rng(seed).permutation(len(loss)) % 2 == 0
    free = np.ones(len(loss), dtype=bool)
    found: list[Slice] = []
    while len(found) < most and (half & free).sum() >= LEAST_HALF:
        one = _best(table, loss, half & free, ~half & free)
        if one is None:
            break
        found.append(replace(one, inside=one.inside & free))
        free &= ~one.inside
    return found


def _table(columns: Sequence[Column]) -> _Table:
    codes: list[Array] = []
    categories: list[tuple[str, ...] | None] = []
    for column in columns:
        if column.values.dtype != object:
            codes.append(np.where(np.isfinite(column.values), column.values, np.nan).astype(np.float64))
            categories.append(None)
            continue
        known = sorted({str(value) for value in column.values if value is not None})
        place = {value: float(at) for at, value in enumerate(known)}
        codes.append(np.array([np.nan if value is None else place[str(value)] for value in column.values]))
        categories.append(tuple(known))
    times = tuple(column.type is ColumnType.TIME for column in columns)
    return _Table(tuple(column.name for column in columns), np.stack(codes, axis=1), tuple(categories), times)


def _best(table: _Table, loss: Array, half: Array, other: Array) -> Slice | None:
    """Of the candidates of one half the one that is clearest in the other."""
    tested = []
    for conditions in _candidates(table.part(half), loss[half]):
        inside = _inside(conditions, table.codes)
        tested.append((welch(loss[inside & other], loss[~inside & other]), conditions, inside))
    if not tested:
        return None
    p, conditions, inside = min(tested, key=lambda one: one[0])
    within, without = float(loss[inside & other].mean()), float(loss[~inside & other].mean())
    if p * len(tested) >= LEVEL or within < LEAST_RATIO * without:
        return None
    return Slice(
        conditions=conditions, words=tuple(_words(condition, table) for condition in conditions), inside=inside,
        loss=within, other_loss=without, p_value=p * len(tested),
    )  # fmt: skip


def _words(condition: Condition, table: _Table) -> str:
    name, names = table.names[condition.column], table.categories[condition.column]
    if np.isnan(condition.value):
        return f"{name} is missing"
    if names is not None:
        return f"{name} = {names[int(condition.value)]}"
    if table.times[condition.column]:
        return f"{name} {condition.sign} {np.datetime64(int(condition.value), 's')}"
    return f"{name} {condition.sign} {number(condition.value)}"


def _candidates(table: _Table, loss: Array) -> Iterator[tuple[Condition, ...]]:
    """The slices with the largest excess, thresholds refined, each of other rows than those before it."""
    conditions = list(_conditions(table))
    masks = np.stack([condition.holds(table.codes) for condition in conditions], axis=1).astype(np.float32)  # (n, p)
    excess = (loss - loss.mean()).astype(np.float32)
    if len(conditions) > MOST_CONDITIONS:
        alone = excess @ masks / np.sqrt(np.maximum(masks.sum(axis=0), 1))
        kept = np.sort(np.argsort(-alone)[:MOST_CONDITIONS])
        masks, conditions = masks[:, kept], [conditions[at] for at in kept]
    counts, sums = masks.T @ masks, masks.T @ (masks * excess[:, None])  # (p, p); the diagonal: each alone
    allowed = (counts >= _least(len(loss))) & (counts <= len(loss) / 2)
    clear = np.where(allowed, sums / np.sqrt(np.maximum(counts, 1)), -np.inf)
    left, right = np.triu_indices(len(conditions))
    order = np.argsort(-clear[left, right], kind="stable")[:MOST_LOOKED_AT]
    taken = np.zeros(len(loss), dtype=bool)
    given = 0
    for at in order:
        one, other = int(left[at]), int(right[at])
        if given == CANDIDATES or not clear[one, other] > 0:
            return
        inside = (masks[:, one] * masks[:, other]).astype(bool)
        if (inside & taken).sum() > inside.sum() / 2:
            continue
        taken |= inside
        given += 1
        yield _refined((conditions[one],) if one == other else (conditions[one], conditions[other]), table, loss)


def _refined(conditions: tuple[Condition, ...], table: _Table, loss: Array) -> tuple[Condition, ...]:
    """With the thresholds that show the largest excess, and without a condition that adds nothing."""
    best, clear = conditions, _clear(conditions, table.codes, loss)
    for at, condition in enumerate(conditions):
        if condition.sign == "=":
            continue
        for value in _thresholds(table.codes[:, condition.column], FINE_BINS):
            moved = Condition(column=condition.column, sign=condition.sign, value=float(value))
            tried = (*best[:at], moved, *best[at + 1 :])
            now = _clear(tried, table.codes, loss)
            if now > clear:
                best, clear = tried, now
    for at in range(len(best)):
        rest = (*best[:at], *best[at + 1 :])
        if rest and _clear(rest, table.codes, loss) >= AS_CLEAR * clear:
            return rest
    return best


def _clear(conditions: Sequence[Condition], codes: Array, loss: Array) -> float:
    inside = _inside(conditions, codes)
    count = int(inside.sum())
    if count < _least(len(loss)) or count > len(loss) / 2:
        return -np.inf
    return float((loss[inside].mean() - loss.mean()) * count**0.5)


def _least(rows: int) -> float:
    return max(LEAST_ROWS, SMALLEST_SHARE * rows)


def _inside(conditions: Sequence[Condition], codes: Array) -> Array:
    inside = np.ones(len(codes), dtype=bool)
    for condition in conditions:
        inside &= condition.holds(codes)
    return inside


def _conditions(table: _Table) -> Iterator[Condition]:
    for column, categories in enumerate(table.categories):
        values = table.codes[:, column]
        if np.isnan(values).any():
            yield Condition(column=column, sign="=", value=np.nan)
        if categories is not None:
            yield from (Condition(column=column, sign="=", value=float(value)) for value in _frequent(values))
            continue
        for value in _thresholds(values, BINS):
            yield Condition(column=column, sign="≤", value=float(value))
            yield Condition(column=column, sign=">", value=float(value))


def _frequent(values: Array) -> Array:
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return found[np.argsort(-counts, kind="stable")][:MOST_CATEGORIES]


def _thresholds(values: Array, bins: int) -> Array:
    """Values below the largest, about as many rows between each two of them."""
    given = values[~np.isnan(values)]
    known = np.unique(given)
    if len(known) > bins:
        known = np.unique(np.quantile(given, np.linspace(0, 1, bins + 1)[1:-1]))
    return known[known < given.max()] if len(known) else known


def welch(inside: Array, outside: Array) -> float:
    """The one-sided p value that the mean inside is not larger than outside (Welch's test)."""
    from scipy.stats import ttest_ind

    if len(inside) < LEAST_ROWS or len(outside) < LEAST_ROWS:
        return 1.0
    p = float(ttest_ind(inside, outside, equal_var=False, alternative="greater").pvalue)
    return 1.0 if np.isnan(p) else p
