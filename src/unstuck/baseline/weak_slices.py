"""Where the boosted trees fail: slices of the training split by their predictions out of fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.sample import Sample
from unstuck.analysis.data.slices import find_slices
from unstuck.baseline.evaluate import Evaluated
from unstuck.baseline.models import BOOSTED_TREES
from unstuck.baseline.problem import Problem
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.baselines import WeakSlice


def weak_slices(sample: Sample, problem: Problem, evaluated: Sequence[Evaluated], seed: int) -> Iterator[WeakSlice]:
    """The slices in which the boosted trees are worst; none of images or texts without columns."""
    one = next((one for one in evaluated if one.model.key == BOOSTED_TREES and one.prediction is not None), None)
    if one is None or one.prediction is None or one.rows is None or not sample.columns:
        return
    train = problem.train
    truth, given = train.y[one.rows], one.prediction.labels
    if truth.ndim == 1:
        loss, name = (given != truth).astype(np.float64), "error rate"
    elif problem.classes:
        loss, name = np.mean(given != truth, axis=1), "error rate of the labels"
    else:
        spread = np.maximum(truth.std(axis=0), 1e-30)
        loss = np.mean(np.abs(given - truth) / (spread if truth.shape[1] > 1 else 1.0), axis=1)
        name = "absolute error" if truth.shape[1] == 1 else "absolute error in standard deviations"
    inside = train.inside[one.rows]
    columns = [replace(column, values=column.values[inside]) for column in sample.columns]
    for found in find_slices(columns, loss, seed=seed):
        rows = train.rows[one.rows][found.inside]
        worst = np.argsort(-loss[found.inside], kind="stable")[:MOST_ROWS]
        yield WeakSlice(
            split=sample.split, model=one.scores[0].title, predicates=found.words, count=int(found.inside.sum()),
            looked_at=len(loss), loss=found.loss, other_loss=found.other_loss, loss_name=name, p_value=found.p_value,
            rows=tuple(int(row) for row in rows[worst]),
        )  # fmt: skip
