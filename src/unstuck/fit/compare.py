"""Whether one model is better than another beyond noise: paired differences on the same examples, with intervals.

Shapes: *n* examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.model.intervals import wilson
from unstuck.baseline.intervals import of_folds
from unstuck.core.data_types import Task
from unstuck.core.words import number
from unstuck.fit.goal import Goal
from unstuck.fit.score import Given, Point, worth

Array = np.ndarray[Any, Any]
RESAMPLES = 200
LEVEL = 0.95
LEAST_FOLDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of two models; above 0 where the first is better."""

    value: float
    low: float
    high: float
    error: float = 0.0
    """standard error"""

    @property
    def better(self) -> bool:
        """The first is better beyond noise."""
        return self.low > 0

    @property
    def worse(self) -> bool:
        """The first is worse beyond noise."""
        return self.high < 0

    def __str__(self) -> str:
        sign = "+" if self.value > 0 else ""
        return f"{sign}{number(self.value)} [{number(self.low)}, {number(self.high)}]"


def by_goal(goal: Goal, first: Given, second: Given, groups: Array | None, seed: int) -> Difference:
    """The difference by the goal's metric, bootstrapped over examples, or over groups where there are any."""
    sign = 1.0 if goal.first.about.higher_is_better else -1.0
    whole = sign * (_value(goal, first) - _value(goal, second))
    made = [
        sign * (_value(goal, first.take(rows)) - _value(goal, second.take(rows)))
        for rows in _resamples(len(first), groups, seed)
    ]
    low, high = np.nanquantile(made, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Difference(value=whole, low=float(low), high=float(high), error=float(np.nanstd(made)))


def interval(goal: Goal, given: Given, point: Point | None, groups: Array | None, seed: int) -> tuple[float, float]:
    """The 95 % interval of the goal's metric at an operating point: Wilson's of a share, else of the bootstrap."""
    whole = _whole(goal, given)
    if whole and groups is None:
        return wilson(worth(goal, given, point).value * whole, whole)
    made = [worth(goal, given.take(rows), point).value for rows in _resamples(len(given), groups, seed)]
    low, high = np.nanquantile(made, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def _whole(goal: Goal, given: Given) -> int:
    """Of how many examples the metric is a share; 0 where it is none, or where predictions decide of how many."""
    if goal.first.metric == "accuracy" and goal.at is None and given.task.has_classes:
        return len(given)
    if goal.first.metric == "recall" and given.task is Task.BINARY:
        return int((given.truth == given.positive).sum())
    return 0


def _value(goal: Goal, given: Given) -> float:
    """With a shortfall of the condition taken off: a model that misses it is never the better one."""
    found = worth(goal, given)
    if goal.at is None or found.beside is None:
        return found.value
    return found.value - max(0.0, goal.at.threshold - found.beside)


def _resamples(size: int, groups: Array | None, seed: int) -> list[Array]:
    random = np.random.default_rng(seed)
    if groups is None:
        return [random.integers(0, size, size) for _ in range(RESAMPLES)]
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    return [
        np.concatenate([members[at] for at in random.integers(0, len(members), len(members))])
        for _ in range(RESAMPLES)
    ]


def by_loss(first: Sequence[Array], second: Sequence[Array], train_rows: Sequence[int], seed: int) -> Difference:
    """How much lower the loss of the first is.

    Of several folds by the t interval that is corrected for overlapping training sets (Nadeau and Bengio 2003); of
    fewer by a bootstrap over examples.

    Args:
        first: losses of the held-out examples of each fold.
        second: the same of the other model, which is compared with.
        train_rows: examples that each fold was trained on.
        seed: of the bootstrap.
    """
    differences = [other - one for one, other in zip(first, second, strict=True)]
    if len(differences) >= LEAST_FOLDS:
        means = [float(np.mean(one)) for one in differences]
        found = of_folds(means, train_rows, [len(one) for one in differences])
        assert found is not None
        value = float(np.mean(means))
        return Difference(value=value, low=found[0], high=found[1], error=(found[1] - found[0]) / 4)
    all_of_them = np.concatenate(differences)
    made = [float(np.mean(all_of_them[rows])) for rows in _resamples(len(all_of_them), None, seed)]
    low, high = np.quantile(made, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return Difference(
        value=float(np.mean(all_of_them)), low=float(low), high=float(high), error=float(np.std(made))
    )  # fmt: skip
