"""Columns that hold the answer: how well each column alone predicts the target.

Shapes: *n* examples, *c* columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unstuck.analysis.data.sample import Array, Column, Sample, Target
from unstuck.core.data_types import ColumnType
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.answers import ColumnAnswer

LEAST_ROWS = 50
MOST_ROWS = 5000
MOST_TREES = 6
"""columns that get a tree: those that are best by their bins"""
BINS = 64
FOLDS = 5
CLOSE, CLOSE_OF_CONSTANT = 0.005, 0.01
"""columns whose score is this near to the best, also in errors of a constant prediction, hold the same answer; the next
one is the best of the others"""
ALIKE = 0.5
"""× the errors of both columns: rows for which they predict otherwise"""
BEYOND = 0.05
"""probability of an accuracy below its lower bound (Clopper and Pearson, one-sided)"""
MOST_TARGETS = 20


@dataclass(frozen=True, eq=False)
class _Aim:
    """One target: numbers of classes, or numbers."""

    name: str
    y: Array  # (n,)
    is_class: bool


def column_answers(sample: Sample, seed: int = 0) -> Iterator[ColumnAnswer]:
    """The best column for each target, and the columns beside it that hold the same answer.

    Raises:
        TooLittle: there are too few labelled rows, or no columns.
    """
    if sample.target is None:
        raise TooLittle("a target")
    columns = [column for column in sample.columns if _is_usable(column)]
    if not columns:
        raise TooLittle("columns of numbers or categories")
    aims = list(_aims(sample.target))[:MOST_TARGETS]
    judged = 0
    for aim in aims:
        rows = np.flatnonzero(np.isfinite(aim.y) if not aim.is_class else aim.y >= 0)
        if len(rows) < LEAST_ROWS:
            continue
        judged += 1
        if len(rows) > MOST_ROWS:
            rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
        yield from _best(columns, aim, rows, seed)
    if not judged:
        raise TooLittle(f"{LEAST_ROWS} rows with a label")


def _is_usable(column: Column) -> bool:
    return column.type in (ColumnType.NUMBER, ColumnType.CATEGORY, ColumnType.TIME)


def _aims(target: Target) -> Iterator[_Aim]:
    if target.codes is not None:
        yield _Aim(target.names[0], target.codes, True)
    elif target.values is not None:
        names = target.classes or target.names
        for at in range(target.values.shape[1]):
            values = target.values[:, at]
            y = np.where(np.isfinite(values), values, -1).astype(np.int64) if target.classes else values
            yield _Aim(names[at] if at < len(names) else str(at), y, bool(target.classes))


def _best(columns: list[Column], aim: _Aim, rows: Array, seed: int) -> Iterator[ColumnAnswer]:
    y = aim.y[rows]
    if len(np.unique(y)) < 2:
        return
    codes = [codes_of(column, rows) for column in columns]
    screened = [_binned_score(code, y, aim.is_class) for code in codes]
    first = sorted(range(len(columns)), key=lambda at: -screened[at])[:MOST_TREES]
    given = {at: predicted(codes[at], y, aim.is_class, seed) for at in first}
    scored = sorted(((score_of(given[at], y, aim.is_class), at) for at in first), key=lambda pair: -pair[0])
    majority = float(np.bincount(y).max() / len(y)) if aim.is_class else 0.0
    close = scored[0][0] - min(CLOSE, CLOSE_OF_CONSTANT * (1 - majority))
    best = given[scored[0][1]]
    same = [(score, at) for score, at in scored if score >= close and _err_alike(best, given[at], y, aim.is_class)]
    others = [one for one in scored if one not in same]
    following, other = others[0] if others else (majority, -1)
    for score, at in same:
        yield ColumnAnswer(
            split=0, column=columns[at].name, target=aim.name, score=score, is_accuracy=aim.is_class,
            majority=majority, next_column=columns[other].name if other >= 0 else "", next_score=following,
            one_to_one=_one_to_one(codes[at], y), looked_at=len(rows),
            least_accuracy=least_accuracy(score, len(rows)) if aim.is_class else None,
        )  # fmt: skip


def codes_of(column: Column, rows: Array) -> Array:
    """A column as numbers: of a number itself, with the median where it is missing; of a category its number."""
    values = column.values[rows]
    if column.values.dtype != object:
        known = values[np.isfinite(values)]
        return np.where(np.isfinite(values), values, np.median(known) if len(known) else 0.0).astype(np.float64)
    text = np.array(["" if value is None else str(value) for value in values])
    return np.unique(text, return_inverse=True)[1].astype(np.float64)


def _binned_score(code: Array, y: Array, is_class: bool) -> float:
    """The score of a histogram in sample: an optimistic one, to choose which columns get a tree."""
    bins = _bins(code)
    if is_class:
        kinds = int(y.max()) + 1
        table = np.bincount(bins * kinds + y, minlength=(int(bins.max()) + 1) * kinds).reshape(-1, kinds)
        return float(table.max(axis=1).sum() / len(y))
    counts = np.bincount(bins)
    means = np.bincount(bins, weights=y) / np.maximum(counts, 1)
    spread = float(np.var(y))
    return float(1 - np.mean((y - means[bins]) ** 2) / spread) if spread > 0 else 0.0


def _bins(code: Array) -> Array:
    """At least ten rows each, so that a column of different values does not look pure."""
    values, inverse = np.unique(code, return_inverse=True)
    most = max(2, min(4 * BINS, len(code) // 10))
    if len(values) <= most:
        return inverse
    edges = np.unique(np.quantile(code, np.linspace(0, 1, min(BINS, most) + 1)[1:-1]))
    return np.searchsorted(edges, code, side="right")


def _err_alike(one: Array, other: Array, y: Array, is_class: bool) -> bool:
    """Whether two columns miss the same rows: copies of the answer do, honest features miss each their own."""
    if not is_class:
        return True
    return bool(np.sum(one != other) <= ALIKE * (np.sum(one != y) + np.sum(other != y)))


def predicted(code: Array, y: Array, is_class: bool, seed: int = 0) -> Array:
    """What a tree on one column predicts, out of fold; of numbers a line, where that is better. (n,)"""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    given = np.zeros(len(y), dtype=y.dtype if is_class else np.float64)
    line = np.zeros(len(y))
    leaves = max(BINS, 4 * (int(y.max()) + 1)) if is_class else 4 * BINS
    for one in range(FOLDS):
        test = fold == one
        kind = DecisionTreeClassifier if is_class else DecisionTreeRegressor
        tree = kind(max_leaf_nodes=leaves, min_samples_leaf=2, random_state=0)
        given[test] = tree.fit(code[~test, None], y[~test]).predict(code[test, None])
        if not is_class:
            line[test] = _line(code[~test], y[~test], code[test])
    if not is_class and float(np.sum((y - line) ** 2)) < float(np.sum((y - given) ** 2)):
        return line
    return given


def score_of(given: Array, y: Array, is_class: bool) -> float:
    """Accuracy, or share of the variance, of what was predicted."""
    if is_class:
        return float(np.mean(given == y))
    spread = float(np.sum((y - y.mean()) ** 2))
    return max(0.0, float(1 - np.sum((y - given) ** 2) / spread))


def _line(code: Array, y: Array, asked: Array) -> Array:
    """A straight line through the targets: steps of a tree lose a few thousandths of what it follows."""
    away = code - code.mean()
    power = float(away @ away)
    slope = float(away @ y) / power if power > 0 else 0.0
    return np.asarray(y.mean() + slope * (asked - code.mean()))


def least_accuracy(score: float, n: int) -> float:
    """The lower bound of an accuracy that was seen on n examples."""
    from scipy.special import betaincinv

    right = round(score * n)
    return float(betaincinv(right, n - right + 1, BEYOND)) if right else 0.0


def _one_to_one(code: Array, y: Array) -> bool:
    """Whether each value has its target; values that hardly ever repeat cannot tell."""
    pairs = len(np.unique(np.stack([code, y.astype(np.float64)]), axis=1).T)
    return pairs <= len(y) // 2 and pairs == len(np.unique(code)) == len(np.unique(y))
