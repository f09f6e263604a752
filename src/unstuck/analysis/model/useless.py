"""What predictions that say nothing about their input score: the best constant by each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.metrics import METRICS, Scorer
from unstuck.analysis.model.predictions import Array, Predictions
from unstuck.core.data_types import Task
from unstuck.core.words import number


class Constant(NamedTuple):
    """A constant prediction, its name and its scores."""

    name: str
    given: Predictions


def constants(given: Predictions, prior: Array | None = None) -> list[Constant]:
    """Each class alone, with the frequencies of all as probabilities; the mean and the median of a regression.

    Args:
        given: the truth of the examples.
        prior: truth of the training examples; that of the same examples by default.
    """
    known = given.truth if prior is None else prior
    if given.task is Task.REGRESSION:
        values = {"mean": known.mean(axis=0), "median": np.median(known, axis=0)}
        return [Constant(f"always the {name} ({', '.join(number(float(v)) for v in value[:3])})",
                         replace(given, labels=np.broadcast_to(value, given.truth.shape)))
                for name, value in values.items()]  # fmt: skip
    if given.task is Task.MULTI_LABEL:
        shares = np.broadcast_to(known.mean(axis=0), given.truth.shape)
        return [Constant("always the frequent labels", replace(
            given, labels=(shares >= 0.5).astype(np.int64), scores=None if given.scores is None else shares,
        ))]  # fmt: skip
    counts = np.bincount(known, minlength=len(given.classes))
    shares = np.broadcast_to(counts / counts.sum(), (len(given), len(counts)))
    often = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    return [
        Constant(f"always `{given.classes[code]}`", replace(
            given, labels=np.full(len(given), code), scores=None if given.scores is None else shares,
        ))
        for code in often
    ]  # fmt: skip


MOST_CLASSES = 5
"""the most frequent, each of which is tried as a constant"""


def best_constants(given: Predictions, positive: int, prior: Array | None = None) -> Mapping[str, tuple[float, str]]:
    """The best score of a constant by each metric, and the constant's name."""
    whole = np.ones(len(given))
    found: dict[str, tuple[float, str]] = {}
    for constant in constants(given, prior):
        for name, metric in Scorer(constant.given, positive).metrics.items():
            value = metric(whole)
            better = METRICS[name].higher_is_better
            if name not in found or (value > found[name][0] if better else value < found[name][0]):
                found[name] = value, constant.name
    return found
