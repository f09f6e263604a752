"""Classes that are confused, and whether simple models confuse them too."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.model.confusion import Pair, confused_pairs, pair_error, table
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.errors import ConfusedPair

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array
    from unstuck.baseline.problem import Examples

TITLE = "confused classes"
MEASURES: tuple[type[ModelEvent], ...] = (ConfusedPair,)
MOST_ROWS = 1500
"""of each class that a simple model is fitted to"""
LEAST_ROWS = 20
"""of each class"""
FOLDS = 5


def measure(context: Context) -> Iterator[ModelEvent]:
    """The pairs that stand out, the largest share first."""
    given = context.given
    if not given.task.has_classes or len(given.classes) < 3:
        return
    counts = table(given)
    for pair in confused_pairs(counts):
        where = np.flatnonzero((given.truth == pair.truth) & (given.labels == pair.predicted))
        if given.confidence is not None:
            where = where[np.argsort(-given.confidence[where], kind="stable")]
        fitted, within, name = _simple_errors(context, pair)
        yield ConfusedPair(
            truth=given.classes[pair.truth], predicted=given.classes[pair.predicted], count=pair.count, of=pair.of,
            share=pair.count / pair.of, low=pair.low, high=pair.high, usual=pair.usual,
            back=int(counts[pair.predicted, pair.truth]), back_of=int(counts[pair.predicted].sum()),
            rows=context.rows(where), error=pair_error(given, pair.truth, pair.predicted), simple_error=fitted,
            within_error=within, simple_model=name,
        )  # fmt: skip


def _simple_errors(context: Context, pair: Pair) -> tuple[float | None, float | None, str]:
    """Of simple models between both classes: fitted to training data, and to other held-out data."""
    try:
        problem = context.problem
    except TooLittle:
        return None, None, ""
    random = np.random.default_rng(context.settings.seed)
    train, test = (_of_pair(context, part, pair, random) for part in (problem.train, problem.held_out[-1]))
    if test is None:
        return None, None, ""
    fitted = None if train is None else min(_error(model, *train, *test) for model in _models())
    return fitted, min(_within(model, *test, random) for model in _models()), "logistic regression or neighbours"


def _of_pair(context: Context, part: Examples, pair: Pair, random: np.random.Generator) -> tuple[Array, Array] | None:
    """Features and which of both classes; None where there are too few."""
    codes = context.as_outputs(part.y)
    chosen = []
    for code in (pair.truth, pair.predicted):
        rows = np.flatnonzero(codes == code)
        if len(rows) < LEAST_ROWS:
            return None
        chosen.append(rows if len(rows) <= MOST_ROWS else random.choice(rows, MOST_ROWS, replace=False))
    rows = np.concatenate(chosen)
    return part.x[rows].astype(np.float64), codes[rows] == pair.predicted


def _models() -> tuple[Any, ...]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200)), KNeighborsClassifier(5)


def _error(model: Any, x: Array, y: Array, test_x: Array, test_y: Array) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(np.mean(model.fit(x, y).predict(test_x) != test_y))


def _within(model: Any, x: Array, y: Array, random: np.random.Generator) -> float:
    """Out of fold."""
    fold = np.empty(len(y), dtype=int)
    for value in (False, True):
        rows = np.flatnonzero(y == value)
        fold[random.permutation(rows)] = np.arange(len(rows)) % FOLDS
    wrong = [
        _error(model, x[fold != one], y[fold != one], x[fold == one], y[fold == one]) * (fold == one).sum()
        for one in range(FOLDS)
    ]
    return float(sum(wrong) / len(y))
