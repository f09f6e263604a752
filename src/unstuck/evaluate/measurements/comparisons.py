"""The model beside simple models, a second model and a person, on the same examples."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.analysis.model.intervals import mcnemar, paired
from unstuck.analysis.model.metrics import METRICS, Scorer
from unstuck.analysis.model.predictions import Array, Predictions
from unstuck.baseline.metrics import Prediction
from unstuck.baseline.models import CONSTANT, models_for, most_rows, predicted, title_of
from unstuck.core.data_types import Task
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.numbers import Compared

TITLE = "comparison with simple models"
MEASURES: tuple[type[ModelEvent], ...] = (Compared,)


def measure(context: Context) -> Iterator[ModelEvent]:
    """A person, a second model, then the simple models."""
    if context.settings.human is not None and context.given.task.has_classes:
        yield _human(context, context.settings.human)
    if context.rival is not None:
        yield compared(context, context.given, context.rival, context.rival_name, "model")
    if context.settings.baselines:
        if context.settings.metric is None and context.rival is not None and not context.has_train:
            return
        yield from _simple(context)


def _simple(context: Context) -> Iterator[Compared]:
    problem = context.problem
    test = problem.held_out[-1]
    numbers = np.arange(len(context.given))
    at = numbers[test.inside]
    deadline = time.perf_counter() + context.settings.seconds
    models = [model for model in models_for(problem) if model.key != CONSTANT]
    for number, model in enumerate(models):
        title = title_of(model, problem)
        context.progress(title, number / len(models))
        began = time.perf_counter()
        if began > deadline:
            yield Compared(
                against=title, sort="simple", metric=context.metric, value=0.0, other=0.0, difference=0.0,
                skipped="the time was used up by the models before it (raise it with --seconds)",
            )  # fmt: skip
            continue
        train = np.arange(len(problem.train))
        most = most_rows(model, problem)
        fit = train if len(train) <= most else np.random.default_rng(context.settings.seed).choice(train, most, False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = predicted(model, problem, problem.train, fit, test, np.arange(len(test)))
        other = as_predictions(context, made, at, probabilities=model.key != "svm")
        context.simple[title] = other
        context.simple_rows = at
        yield compared(context, context.given.take(at), other, title, "simple")


def as_predictions(context: Context, made: Prediction, at: Array, *, probabilities: bool) -> Predictions:
    """What a simple model predicts for some labels, in the model's classes.

    Args:
        context: of the evaluation.
        made: in the classes of the data set.
        at: numbers of the labels.
        probabilities: its scores are some.
    """
    mine = context.given.take(at)
    if not mine.task.has_classes:
        return replace(mine, labels=made.labels, scores=None)
    labels = context.as_outputs(made.labels)
    scores = None
    if made.scores is not None and mine.scores is not None:
        scores = np.zeros((len(at), len(mine.classes)))
        given = made.scores if probabilities else made.scores - made.scores.min()
        scores[:, context.as_outputs(np.arange(given.shape[1]))] = given
    return replace(mine, labels=labels, scores=scores)


def compared(context: Context, mine: Predictions, other: Predictions, name: str, sort: str) -> Compared:
    """Two predictions of the same labels, by the metric that decides."""
    own, theirs = Scorer(mine, context.positive), Scorer(other, context.positive)
    metric = context.metric
    if metric not in theirs.metrics or metric not in own.metrics:
        metric = "accuracy" if mine.task is not Task.REGRESSION else "mae"
    one, two = own.metrics[metric], theirs.metrics[metric]
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    found = paired(lambda w: sign * one(w), lambda w: sign * two(w), mine.rows, context.settings.seed)
    whole = np.ones(len(mine))
    ends = sorted((sign * found.low, sign * found.high))
    right, other_right = ~mine.wrong, ~other.wrong
    both = mine.task is not Task.REGRESSION
    only, only_other = int((right & ~other_right).sum()), int((~right & other_right).sum())
    return Compared(
        against=name, sort=sort, metric=metric, value=one(whole), other=two(whole), difference=sign * found.value,
        low=ends[0], high=ends[1], p_worse=found.p_lower, examples=len(mine), only_model=only if both else 0,
        only_other=only_other if both else 0,
        p_mcnemar=mcnemar(only, only_other) if both and not mine.several else None,
    )  # fmt: skip


def _human(context: Context, error: float) -> Compared:
    from scipy.special import bdtr

    from unstuck.analysis.model.intervals import wilson

    given = context.given
    if not 0 <= error <= 1:
        raise TooLittle(f"a human error between 0 and 1 (it is {error:g})")
    hits = int((~given.wrong).sum())
    low, high = wilson(hits, len(given))
    return Compared(
        against="a person", sort="human", metric="accuracy", value=hits / len(given), other=1 - error,
        difference=hits / len(given) - (1 - error), low=low - (1 - error), high=high - (1 - error),
        p_worse=float(bdtr(hits, len(given), 1 - error)), examples=len(given),
    )  # fmt: skip
