"""Data sets of a few lines, as the facts about data see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task


def classes(codes: Any, count: int | None = None) -> Target:
    """A target of classes ``c0``, ``c1`` …"""
    codes = np.asarray(codes, dtype=np.int64)
    count = count or int(codes.max()) + 1
    task = Task.BINARY if count == 2 else Task.MULTI_CLASS
    return Target(names=("y",), task=task, classes=tuple(f"c{at}" for at in range(count)), codes=codes)


def numbers(values: Any) -> Target:
    """A target of numbers."""
    return Target(names=("y",), task=Task.REGRESSION, values=np.asarray(values, dtype=np.float64).reshape(-1, 1))


def table(columns: Any, target: Target | None = None, *, split: int = 0, **given: Any) -> Sample:
    """Rows of a table: a matrix, or a sequence of columns of numbers or of strings."""
    values = columns.T if isinstance(columns, np.ndarray) and columns.ndim == 2 else columns
    made = tuple(_column(f"x{at}", np.asarray(one)) for at, one in enumerate(values))
    return _sample(Form.TABLE, len(made[0].values), split, target, columns=made, **given)


def _column(name: str, values: np.ndarray) -> Column:
    if values.dtype.kind in "OUS":
        return Column(name=name, type=ColumnType.CATEGORY, values=values.astype(object))
    return Column(name=name, type=ColumnType.NUMBER, values=values.astype(np.float64))


def pictures(pixels: Any, target: Target | None = None, *, split: int = 0, **given: Any) -> Sample:
    """Images of shape (n, height, width, channels)."""
    images = Images(count=len(pixels), load=lambda at: pixels[at])
    return _sample(Form.IMAGE, len(pixels), split, target, images=images, **given)


def texts(lines: Sequence[str], target: Target | None = None, *, split: int = 0, **given: Any) -> Sample:
    """Texts."""
    return _sample(Form.TEXT, len(lines), split, target, texts=tuple(lines), **given)


def _sample(form: Form, count: int, split: int, target: Target | None, **given: Any) -> Sample:
    name = "train" if split == 0 else "test"
    return Sample(split=split, name=name, form=form, rows=np.arange(count), target=target, **given)


def dataset(*samples: Sample) -> DataSet:
    """Splits, the training split first."""
    return DataSet(samples=samples)
