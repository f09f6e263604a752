"""Slices in which the model fails, and whether a simple model does better there."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.sample import Column, DataSet
from unstuck.analysis.data.slices import LEAST_HALF, Slice, find_slices
from unstuck.core.data_types import ColumnType, Task
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.errors import ModelSlice, SliceSearch

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array

TITLE = "weak slices"
MEASURES: tuple[type[ModelEvent], ...] = (SliceSearch,)
MOST_COLUMNS = 200
MOST_REFERENCE_ROWS = 20_000
FOLDS = 4
MOST_TREES = 600
"""of all folds, classes and rounds together"""
MOST_FITTED = 6000
"""rows of a fit"""
BRIGHTNESS = np.array([0.299, 0.587, 0.114])


def measure(context: Context) -> Iterator[ModelEvent]:
    """The clearest first."""
    given = context.given
    if given.several:
        return
    columns = columns_of(context)
    if not columns:
        raise TooLittle("columns, images or a table of metadata (--meta) to describe slices by")
    if len(given) < 2 * LEAST_HALF:
        raise TooLittle(f"{2 * LEAST_HALF} examples (there are {len(given)})")
    loss = given.mistakes
    found = find_slices(columns, loss, seed=context.settings.seed)
    yield SliceSearch(
        columns=tuple(column.name for column in columns[:MOST_COLUMNS]), looked_at=len(loss), found=len(found)
    )
    reference = _reference(context, columns) if found else None
    for one in found:
        where = np.flatnonzero(one.inside)
        worst = where[np.argsort(-loss[where], kind="stable")]
        yield ModelSlice(
            predicates=one.words, count=len(where), looked_at=len(loss), loss=one.loss, other_loss=one.other_loss,
            loss_name=given.mistake_name, p_value=one.p_value, rows=context.rows(worst),
            by_class=_by_class(context, where),
            **_beside(one, loss, reference),
        )  # fmt: skip


def _by_class(context: Context, inside: Array) -> float | None:
    """The mean loss of the slice, were its examples as hard as others of their classes."""
    given = context.given
    if not given.task.has_classes:
        return None
    size = len(given.classes)
    count = np.maximum(np.bincount(given.truth, minlength=size), 1)
    errors = np.bincount(given.truth, given.mistakes, size) / count
    return float(errors[given.truth[inside]].mean())


def _beside(one: Slice, loss: Array, reference: Array | None) -> dict[str, Any]:
    if reference is None:
        return {}
    mine, theirs = loss[one.inside], reference[one.inside]
    from scipy.stats import ttest_rel

    p = float(ttest_rel(mine, theirs, alternative="greater").pvalue) if len(mine) > 1 else 1.0
    return {
        "reference": "boosted trees, fitted to other held-out examples", "reference_loss": float(theirs.mean()),
        "reference_p": 1.0 if np.isnan(p) else p,
    }  # fmt: skip


def columns_of(context: Context) -> list[Column]:
    """What slices are described by: metadata, columns of a table, what an image looks like."""
    found = list(context.meta)
    sample = context.test
    if sample is not None:
        known = {column.name for column in found}
        found += [column for column in sample.columns if column.name not in known][:MOST_COLUMNS]
        if sample.images is not None:
            numbers = image_statistics(sample.images)
            kinds = {
                "brightness": numbers.means @ BRIGHTNESS, "contrast": numbers.spread, "sharpness": numbers.sharpness,
                "red − green": numbers.means[:, 0] - numbers.means[:, 1],
                "blue − green": numbers.means[:, 2] - numbers.means[:, 1], "height": numbers.sizes[:, 0],
                "width": numbers.sizes[:, 1], "border brightness": numbers.edges @ BRIGHTNESS,
            }  # fmt: skip
            found += [
                Column(name=name, type=ColumnType.NUMBER, values=np.asarray(values, np.float64))
                for name, values in kinds.items() if len(np.unique(np.round(values[np.isfinite(values)], 4))) > 1
            ]  # fmt: skip
    return found


def _reference(context: Context, columns: list[Column]) -> Array | None:
    """What boosted trees lose on each example, fitted to other held-out examples; None without usable features.

    They get the inputs, the columns and the model's own scores: what can be predicted, not what is hard by nature.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    given = context.given
    if given.task is Task.MULTI_LABEL or len(given) > MOST_REFERENCE_ROWS:
        return None
    x = _matrix(context, columns)
    if x is None:
        return None
    fold = np.random.default_rng(context.settings.seed).permutation(len(given)) % FOLDS
    trees_of_a_round = len(given.classes) if given.task is Task.MULTI_CLASS else 1
    rounds = int(np.clip(MOST_TREES // (FOLDS * trees_of_a_round), 8, 60))
    small: dict[str, Any] = {
        "max_iter": rounds, "learning_rate": min(0.3, 9 / rounds), "max_leaf_nodes": 15, "max_bins": 64,
        "random_state": 0,
    }  # fmt: skip
    lost = np.zeros(len(given))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in range(FOLDS):
            fit, test = np.flatnonzero(fold != one)[:MOST_FITTED], fold == one
            if given.task is Task.REGRESSION:
                errors = np.zeros((int(test.sum()), given.truth.shape[1]))
                for at in range(given.truth.shape[1]):
                    trees = HistGradientBoostingRegressor(loss="absolute_error", **small)
                    made = trees.fit(x[fit], given.truth[fit, at]).predict(x[test])
                    errors[:, at] = np.abs(made - given.truth[test, at])
                spread = np.maximum(given.truth.std(axis=0), 1e-30) if errors.shape[1] > 1 else 1.0
                lost[test] = (errors / spread).mean(axis=1)
            else:
                if len(np.unique(given.truth[fit])) < 2:
                    return None
                classifier = HistGradientBoostingClassifier(**small)
                lost[test] = classifier.fit(x[fit], given.truth[fit]).predict(x[test]) != given.truth[test]
    return lost


MOST_FEATURES = 200


def _matrix(context: Context, columns: list[Column]) -> Array | None:
    """Features of the inputs, the model's predictions, and the columns as numbers."""
    given = context.given
    parts: list[Array] = []
    sample = context.test
    if sample is not None:
        made = features(DataSet(samples=(sample,)))[0].values
        if made.shape[1] > MOST_FEATURES:
            from sklearn.decomposition import TruncatedSVD

            made = TruncatedSVD(32, random_state=0).fit_transform(made - made.mean(axis=0))
        parts.append(made)
    for column in columns:
        values = column.values
        if values.dtype == object:
            values = np.unique([str(value) for value in values], return_inverse=True)[1].astype(np.float64)
        parts.append(np.asarray(values, np.float64)[:, None])
    own = given.labels.reshape(len(given), -1).astype(np.float64)
    if given.scores is not None:
        own = np.log(np.maximum(given.scores, 1e-6)) if given.scores.shape[1] <= 20 else own
    return np.concatenate([*parts, own], axis=1)


