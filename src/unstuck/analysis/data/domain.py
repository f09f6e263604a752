"""A classifier that is trained to recognise a split: it sees what no single column shows, such as other correlations.

Shapes: *n* examples, *d* features, *q* quadratic features.
"""

from __future__ import annotations

import math

import numpy as np

from unstuck.analysis.data.copies import comparable
from unstuck.analysis.data.design_effect import order_effect
from unstuck.analysis.data.features import features, text_matrices
from unstuck.analysis.data.sample import Array, DataSet
from unstuck.core.data_types import Form
from unstuck.record.events.data.shift import DomainShift

MOST = 2_000
"""examples of each split"""
AXES = 10
"""principal axes whose squares and products it sees"""
WIDEST = 50
"""features; more are reduced to as many principal axes"""
FOLDS = 5
LEAST = 25
"""examples of each split"""
RIDGE = 0.03
"""of the number of examples: pulls the coefficients towards 0"""
EXTREME = 3.0
"""standard deviations beyond which a feature is held, so that single outliers decide nothing"""
MOST_ROWS = 100


def domain_shift(dataset: DataSet, number: int) -> DomainShift | None:
    """How well held-out examples can be told from training examples; None where there are too few."""
    sample = dataset.samples[number]
    encoded = features(dataset)
    usable = (encoded[0].usable, encoded[number].usable)
    random = np.random.default_rng(0)
    first, second = (_some(np.flatnonzero(one), random) for one in usable)
    if min(len(first), len(second)) < LEAST:
        return None
    matrix = _together(dataset, number, first, second)
    if not matrix.shape[1]:
        return None
    domain = np.repeat([0, 1], [len(first), len(second)])
    auc, scores = recognised(matrix, domain)
    effect = max(order_effect(scores[: len(first)]), order_effect(scores[len(first) :]))
    error = math.sqrt(effect * (len(domain) + 1) / (12 * len(first) * len(second)))
    least = second[np.argsort(-scores[len(first) :], kind="stable")][:MOST_ROWS]
    return DomainShift(
        split=sample.split, other=dataset.train.split, auc=auc, z=(auc - 0.5) / error, looked_at=len(second),
        rows=tuple(int(row) for row in sample.rows[least]),
    )  # fmt: skip


def _together(dataset: DataSet, number: int, first: Array, second: Array) -> Array:
    """The examples of both splits as numbers that are encoded without asking which split they are of.

    What is fitted on the training split alone, as the words of texts are, fits that split better.
    """
    if dataset.train.form is Form.TABLE:
        encoded = features(dataset)
        return np.concatenate([encoded[0].standardised[first], encoded[number].standardised[second]])
    if dataset.train.form is Form.TEXT:
        sides = (dataset.train.texts or (), first), (dataset.samples[number].texts or (), second)
        return text_matrices([tuple(texts[at] for texts, rows in sides for at in rows)])[0]
    known = comparable(dataset)
    return np.concatenate([known[0][0][first], known[number][0][second]])


def _some(rows: Array, random: np.random.Generator) -> Array:
    return np.sort(random.choice(rows, MOST, replace=False)) if len(rows) > MOST else rows


def recognised(matrix: Array, domain: Array) -> tuple[float, Array]:
    """Mean area under the ROC curve over the folds, and the score of each example by the fold that it is not in.

    Args:
        matrix: (n, d).
        domain: (n,) 0 or 1.
    """
    inputs = quadratic(matrix)
    fold = np.empty(len(domain), int)
    random = np.random.default_rng(0)
    for side in (0, 1):
        rows = random.permutation(np.flatnonzero(domain == side))
        fold[rows] = np.arange(len(rows)) % FOLDS
    scores, areas = np.empty(len(domain)), []
    for at in range(FOLDS):
        held, kept = fold == at, fold != at
        scores[held] = inputs[held] @ _coefficients(inputs[kept], domain[kept])
        areas.append(area(scores[held], domain[held]))
    return float(np.mean(areas)), scores


def quadratic(matrix: Array) -> Array:
    """All features, and squares and products of the first principal axes; (n, q) with mean 0 and spread 1 or 0."""
    held = np.clip(matrix, -EXTREME * 2, EXTREME * 2).astype(np.float64)
    scaled = _scaled(held)
    wide = scaled.shape[1] > WIDEST
    narrow = scaled @ _main_axes(scaled) if wide else scaled
    _, vectors = np.linalg.eigh(narrow.T @ narrow)
    axes = _scaled(narrow @ vectors[:, ::-1][:, :AXES]) if scaled.shape[1] > AXES else scaled
    one, other = np.triu_indices(axes.shape[1])
    linear = _scaled(narrow) if wide else scaled
    return np.concatenate([linear, _scaled(axes[:, one] * axes[:, other])], axis=1)


def _main_axes(scaled: Array) -> Array:
    """About the first principal axes of many features, by two passes from a random start. (d, `WIDEST`)."""
    start = np.random.default_rng(0).normal(size=(len(scaled), min(WIDEST, len(scaled))))
    axes: Array = np.linalg.qr(scaled.T @ (scaled @ np.linalg.qr(scaled.T @ start)[0]))[0]
    return axes


def _scaled(matrix: Array) -> Array:
    away = matrix - matrix.mean(axis=0)
    spread = away.std(axis=0)
    scaled: Array = np.clip(away / np.where(spread > 1e-9, spread, np.inf), -EXTREME, EXTREME)
    return scaled


def _coefficients(inputs: Array, domain: Array) -> Array:
    """Ridge regression on the domain, in which both sides weigh the same: a linear discriminant."""
    weights = np.where(domain == 1, 0.5 / (domain == 1).sum(), 0.5 / (domain == 0).sum())
    weighted = inputs * weights[:, None]
    ridge = RIDGE * np.eye(inputs.shape[1]) * (1 + inputs.shape[1] / min((domain == 1).sum(), (domain == 0).sum()))
    coefficients: Array = np.linalg.solve(weighted.T @ inputs + ridge, weighted.T @ (2.0 * domain - 1))
    return coefficients


def area(scores: Array, domain: Array) -> float:
    """Under the ROC curve: the share of pairs in the right order, ties by half."""
    low, high = np.sort(scores[domain == 0]), scores[domain == 1]
    wins = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(wins.mean() / 2 / len(low))
