"""Rows that are independent of each other: of one group, such as a patient, one row; a row that fills a file once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unstuck.analysis.data.row_hashes import row_hashes
from unstuck.analysis.data.sample import Array, DataSet, Sample, Target
from unstuck.core.data_types import Form

FILLS = 0.1
"""share of the examples that one row has, from which on it counts once"""
LEAST_COPIES = 10
OTHERS = 1.5
"""copies of each of the other rows at most: in a table of few categories all rows are frequent"""


def independent(dataset: DataSet) -> DataSet:
    """A random row of each group in every split of a table, a row that fills a split once; other data as it is.

    Rows of one group are alike. A test that counts each of them takes a few groups for many observations.
    """
    if dataset.train.form is Form.TABLE:
        kept = tuple(map(_repeated_once, dataset.samples))
        if any(one is not sample for one, sample in zip(kept, dataset.samples, strict=True)):
            dataset = DataSet(samples=kept)
    if dataset.train.form is not Form.TABLE or any(sample.groups is None for sample in dataset.samples):
        return dataset
    return DataSet(samples=tuple(_one_of_each(sample) for sample in dataset.samples))


def _repeated_once(sample: Sample) -> Sample:
    """A row that an export has repeated many times is one observation."""
    hashes = row_hashes(sample)
    values, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    if not len(values):
        return sample
    most = int(counts.argmax())
    rest = len(hashes) - int(counts[most])
    if values[most] == 0 or counts[most] < max(LEAST_COPIES, FILLS * len(hashes)) or rest > OTHERS * (len(values) - 1):
        return sample
    return _rows(sample, np.sort(np.append(np.flatnonzero(hashes != values[most]), first[most])))


def _one_of_each(sample: Sample) -> Sample:
    assert sample.groups is not None
    shuffled = np.random.default_rng(0).permutation(len(sample))
    _, first = np.unique(sample.groups[shuffled].astype(str), return_index=True)
    return _rows(sample, np.sort(shuffled[first]))


def _rows(sample: Sample, at: Array) -> Sample:
    """Some rows of a table."""
    return replace(
        sample, rows=sample.rows[at], whole=False, facts={},
        columns=tuple(replace(column, values=column.values[at]) for column in sample.columns),
        target=None if sample.target is None else _labels(sample.target, at),
        groups=None if sample.groups is None else sample.groups[at],
        times=None if sample.times is None else sample.times[at],
        names=None if sample.names is None else tuple(sample.names[row] for row in at),
    )  # fmt: skip


def _labels(target: Target, at: Array) -> Target:
    known = {name: getattr(target, name) for name in ("codes", "values", "as_given")}
    return replace(target, **{name: values[at] for name, values in known.items() if values is not None})
