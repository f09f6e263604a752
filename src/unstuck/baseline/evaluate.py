"""Evaluate the simple models: cross-validated on the training split, then fitted on it and scored elsewhere."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.data.measure import Progress, silent
from unstuck.baseline.folds import Folds
from unstuck.baseline.intervals import of_folds, of_rows
from unstuck.baseline.metrics import Metric, Prediction
from unstuck.baseline.models import CONSTANT, Model, features_of, models_for, most_rows, predicted, title_of
from unstuck.baseline.problem import Examples, Problem
from unstuck.record.events.data.baselines import BaselineScore, Score

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluated:
    """A model with its scores, and its predictions of rows that it was not fitted on."""

    model: Model
    scores: tuple[BaselineScore, ...]
    """of the cross-validation, then of each held-out split"""
    rows: Array | None = None
    """of the training examples that were predicted out of fold"""
    prediction: Prediction | None = None
    """one for each of ``rows``"""


class Slow(Exception):  # noqa: N818 - a fact about the data, not a fault
    """A model would take longer than what is left; the text says so."""


def evaluate(
    problem: Problem, folds: Folds, metrics: Sequence[Metric], *, seconds: float, seed: int,
    progress: Progress = silent, wanted: Sequence[str] | None = None,
) -> Iterator[Evaluated]:  # fmt: skip
    """Every model on every split, the fastest first; those with the keys of ``wanted`` where it is given."""
    models = [model for model in models_for(problem) if wanted is None or model.key in wanted]
    deadline = time.perf_counter() + seconds
    for at, model in enumerate(models):
        progress(title_of(model, problem), at / len(models))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield _evaluated(_Task(model, problem, folds, tuple(metrics), deadline, seed))
    progress("", 1.0)


@dataclass(frozen=True, eq=False)
class _Task:
    model: Model
    problem: Problem
    folds: Folds
    metrics: tuple[Metric, ...]
    deadline: float
    seed: int

    def rows(self, rows: Array) -> Array:
        """At most as many as the model can be fitted on."""
        most = most_rows(self.model, self.problem)
        return rows if len(rows) <= most else np.random.default_rng(self.seed).choice(rows, most, replace=False)

    def event(self, split: int, **about: Any) -> BaselineScore:
        return BaselineScore(
            split=split, model=self.model.key, title=title_of(self.model, self.problem),
            features=features_of(self.model, self.problem), **about,
        )  # fmt: skip


def _evaluated(task: _Task) -> Evaluated:
    try:
        crossed, rows, prediction = _cross_validated(task)
    except Slow as reason:
        return Evaluated(model=task.model, scores=(task.event(0, protocol=task.folds.protocol, skipped=str(reason)),))
    held_out = [_held_out(task, test) for test in task.problem.held_out]
    return Evaluated(model=task.model, scores=(crossed, *held_out), rows=rows, prediction=prediction)


def _cross_validated(task: _Task) -> tuple[BaselineScore, Array, Prediction]:
    began = time.perf_counter()
    train, pairs = task.problem.train, task.folds.pairs
    limited = task.model.key != CONSTANT
    if limited and began > task.deadline:
        raise Slow("the time was used up by the models before it (raise it with --seconds)")
    by_metric: dict[str, list[float]] = {metric.name: [] for metric in task.metrics}
    given: list[Prediction] = []
    fits = [task.rows(fit) for fit, _ in pairs]
    for at, (fit, (_, test)) in enumerate(zip(fits, pairs, strict=True)):
        given.append(predicted(task.model, task.problem, train, fit, train, test))
        for metric in task.metrics:
            by_metric[metric.name].append(metric.of(train.y[test], given[-1]))
        spent, now = time.perf_counter() - began, time.perf_counter()
        to_come = spent / (at + 1) * (len(pairs) - at - 1 + len(task.problem.held_out))
        if limited and now + to_come > task.deadline and at + 1 < len(pairs):
            left = max(0.0, task.deadline - now)
            raise Slow(f"the other folds would take about {to_come:.0f} s, and {left:.0f} s are left (--seconds)")
    sizes, tests = [len(fit) for fit in fits], [len(test) for _, test in pairs]
    scores = tuple(
        _score(metric, float(np.mean(by_metric[metric.name])), of_folds(by_metric[metric.name], sizes, tests))
        for metric in task.metrics
    )
    event = task.event(
        0, protocol=task.folds.protocol, trained_on=max(sizes), evaluated_on=sum(tests), scores=scores,
        seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip
    scored = [one.scores for one in given]
    together = Prediction(
        labels=np.concatenate([one.labels for one in given]),
        scores=None if any(one is None for one in scored) else np.concatenate([*filter(_is_there, scored)]),
    )
    return event, np.concatenate([test for _, test in pairs]), together


def _is_there(scores: Array | None) -> bool:
    return scores is not None


def _held_out(task: _Task, test: Examples) -> BaselineScore:
    began = time.perf_counter()
    train = task.problem.train
    fit = task.rows(np.arange(len(train)))
    given = predicted(task.model, task.problem, train, fit, test, np.arange(len(test)))
    scores = tuple(
        _score(metric, metric.of(test.y, given), of_rows(test.y, given, metric.of, test.groups, task.seed))
        for metric in task.metrics
    )
    return task.event(
        test.split, protocol=f"fitted on {task.problem.train.name}, scored on {test.name}", trained_on=len(fit),
        evaluated_on=len(test), scores=scores, seconds=round(time.perf_counter() - began, 3),
    )  # fmt: skip


def _score(metric: Metric, value: float, interval: tuple[float, float] | None) -> Score:
    low, high = (None, None) if interval is None else (metric.within(interval[0]), metric.within(interval[1]))
    return Score(metric=metric.name, value=value, low=low, high=high)
