"""Bounds of the lowest possible error rate, from the nearest neighbour (Cover and Hart 1967)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.baseline.evaluate import Evaluated
from unstuck.baseline.problem import Problem
from unstuck.core.words import share
from unstuck.record.events.data.baselines import BayesBracket

MOST_ROWS = 10_000
FEW_ROWS = 1000
STILL_FALLING = 1.15
"""× the error with all rows: with half of them it is larger than this, so more data would lower it further"""


def lower_bound(neighbour_error: float, classes: int) -> float:
    """The lowest Bayes error that goes with an error of the nearest neighbour: (K−1)/K · (1 − √(1 − K/(K−1) · R))."""
    most = (classes - 1) / classes
    return most * (1 - math.sqrt(max(0.0, 1 - neighbour_error / most)))


def bayes_bracket(problem: Problem, seed: int) -> BayesBracket | None:
    """The bracket on the training split; None for a task without classes."""
    if not problem.task.has_classes:
        return None
    train = problem.train
    random = np.random.default_rng(seed)
    rows = random.permutation(len(train))[:MOST_ROWS]
    x = train.x[rows].astype(np.float64)
    if problem.standardise:
        spread = x.std(axis=0)
        x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    groups = None if train.groups is None else train.groups[rows]
    error = neighbour_error(x, train.y[rows], groups)
    half = len(rows) // 2
    of_half = np.mean([
        neighbour_error(x[part], train.y[rows][part], None if groups is None else groups[part])
        for part in (slice(None, half), slice(half, None))
    ])  # fmt: skip
    classes = len(problem.shares)
    return BayesBracket(
        split=train.split, lower=lower_bound(error, classes), upper=error, classes=classes, rows=len(rows),
        half_error=float(of_half), features="standardised features" if problem.standardise else "raw features",
        note=_note(len(rows), error, float(of_half)),
    )  # fmt: skip


def checked(bracket: BayesBracket, evaluated: Sequence[Evaluated]) -> BayesBracket:
    """The bracket, at most the error of the best simple model; with a note where that lies below the bracket."""
    known = [score.value for one in evaluated for score in one.scores[0].scores if score.metric == "accuracy"]
    error = 1 - max(known, default=0.0)
    if not known:
        return bracket
    if error >= bracket.lower:
        return replace(bracket, upper=min(bracket.upper, error))
    reason = (
        f"do not rely on it: a simple model errs in {share(error)} already, so the nearest neighbours among these rows "
        "are too far apart"
    )
    return replace(bracket, note="; ".join(filter(None, (reason, bracket.note))))


def neighbour_error(x: Array, y: Array, groups: Array | None = None) -> float:
    """The share of examples whose nearest other example, of another group where there are groups, has another label."""
    from sklearn.neighbors import NearestNeighbors

    if groups is None:
        nearest = NearestNeighbors(n_neighbors=1).fit(x).kneighbors(return_distance=False)[:, 0]
        return float(np.mean(y[nearest] != y))
    wrong = []
    for name in np.unique(groups):
        own = groups == name
        if own.all():
            continue
        nearest = NearestNeighbors(n_neighbors=1).fit(x[~own]).kneighbors(x[own], return_distance=False)[:, 0]
        wrong.append(y[~own][nearest] != y[own])
    return float(np.mean(np.concatenate(wrong))) if wrong else math.nan


def _note(rows: int, error: float, half_error: float) -> str:
    reasons = []
    if half_error > STILL_FALLING * error:
        reasons.append(
            f"with half of the rows the neighbour errs in {share(half_error)}: more data would lower the bracket"
        )
    if rows < FEW_ROWS:
        reasons.append(f"the bounds hold for very many rows, and there are {rows}")
    return "; ".join(reasons)
