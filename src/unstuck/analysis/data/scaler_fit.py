"""Traces of a scaler: statistics that are exact over several splits together, and not over the training split alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.shift import Scaler, ScalerFit

DISTINCT = 10
"""values of a column: with fewer, its extremes are in every split"""
EXACT = 2e-5
"""standard deviations: rounding errors of float32 are smaller, sampling errors far larger"""
MOST = 0.9
"""share of the columns that must be exact"""
LEAST = 2
"""columns"""


def scaler_fit(dataset: DataSet, number: int) -> ScalerFit | None:
    """Whether this split was scaled together with the training split; None where it cannot be seen."""
    train, sample = dataset.train, dataset.samples[number]
    if train.form is not Form.TABLE or not train.whole or not sample.whole:
        return None
    together = [(train, sample)]
    if len(dataset.samples) > 2 and all(one.whole for one in dataset.samples):
        together.append(dataset.samples)  # type: ignore[arg-type]
    answer = None
    for samples in together:
        matrices = _numbers(samples)
        if not matrices or matrices[0].shape[1] < LEAST:
            continue
        answer = _judged(matrices, samples, sample.split, train.split)
        if answer.scaler is not None:
            return answer
    return answer


def _judged(matrices: Sequence[Array], samples: Sequence[Sample], split: int, other: int) -> ScalerFit:
    alone, whole = matrices[0], np.concatenate(matrices)
    compared = alone.shape[1]
    for scaler, exact in ((Scaler.STANDARD, standardised), (Scaler.RANGE, ranged)):
        both, mine = exact(whole), exact(alone)
        if both.sum() < max(LEAST, MOST * compared):
            continue
        if scaler is Scaler.STANDARD and mine.any():
            continue
        # Extremes may stand in the training split by chance.
        if scaler is Scaler.RANGE and (mine[both].all() or not _single_extremes(whole[:, both])):
            continue
        if scaler is Scaler.STANDARD:
            deviation = float(np.sqrt(np.mean((np.nanmean(alone, axis=0) / np.nanstd(alone, axis=0)) ** 2)))
        else:
            deviation = float((~mine[both]).mean())
        return ScalerFit(
            split=split, other=other, scaler=scaler, splits=tuple(one.split for one in samples),
            columns=int(both.sum()), compared=compared, deviation=deviation,
        )  # fmt: skip
    return ScalerFit(split=split, other=other, compared=compared)


def _numbers(samples: Sequence[Sample]) -> list[Array]:
    """Columns of numbers that all splits have, and that have enough different values. (n, columns) each."""
    first = samples[0]
    names = [
        column.name for column in first.columns
        if column.type is ColumnType.NUMBER and len(np.unique(column.values[:5_000])) > DISTINCT
    ]  # fmt: skip
    found = []
    for sample in samples:
        columns = {column.name: column.values for column in sample.columns if column.type is ColumnType.NUMBER}
        if any(name not in columns for name in names) or not len(sample):
            return []
        found.append(np.stack([columns[name] for name in names], axis=1) if names else np.zeros((len(sample), 0)))
    return found


def standardised(matrix: Array) -> Array:
    """Which columns have mean 0 and standard deviation 1, with n or with n - 1 degrees of freedom. (columns,) bool."""
    count = np.isfinite(matrix).sum(axis=0)
    mean, spread = np.nanmean(matrix, axis=0), np.nanstd(matrix, axis=0)
    unbiased = spread * np.sqrt(count / np.maximum(count - 1, 1))
    one = (np.abs(spread - 1) < EXACT) | (np.abs(unbiased - 1) < EXACT)
    return np.asarray(one & (np.abs(mean) < EXACT))


def ranged(matrix: Array) -> Array:
    """Which columns go exactly from 0 or -1 to 1. (columns,) bool."""
    low, high = np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)
    return np.asarray((np.abs(high - 1) < EXACT / 10) & ((np.abs(low) < EXACT / 10) | (np.abs(low + 1) < EXACT / 10)))


def _single_extremes(matrix: Array) -> bool:
    """Whether the extremes are single values in most columns: pixels and shares reach 0 and 1 by nature, and often."""
    high = (matrix >= np.nanmax(matrix, axis=0) - EXACT / 10).sum(axis=0)
    return bool(np.median(high) <= 2)
