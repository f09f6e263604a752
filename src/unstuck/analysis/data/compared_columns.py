"""What can be compared between splits, one column at a time: columns of tables, and numbers about images and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.missing import sentinels_of
from unstuck.analysis.data.sample import Array, Column, DataSet, Sample, Target
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.values import Sentinel

COMPARED = (ColumnType.NUMBER, ColumnType.CATEGORY)
"""types of columns that are compared; identifiers and times differ by nature"""


def pairs(dataset: DataSet, number: int) -> list[tuple[Column, Column]]:
    """The same columns in the training split and in another one; values that stand for missing ones are missing."""
    samples = dataset.train, dataset.samples[number]
    train, other = (described(sample) for sample in samples)
    names = {column.name: column for column in other}
    found = []
    for theirs in train:
        mine = names.get(theirs.name)
        if mine is not None and theirs.type in COMPARED and mine.type is theirs.type:
            codes = [code for sample in samples for code in _codes(sample, theirs.name)]
            found.append((_without(theirs, codes), _without(mine, codes)))
    return found


def _codes(sample: Sample, name: str) -> list[float]:
    """Values of a column that stand for missing ones; one in the middle of the others says nothing wrong."""
    return [code.value for code in sentinels_of(sample).get(name, ()) if code.by is not Sentinel.IMPUTED]


def _without(column: Column, codes: Sequence[float]) -> Column:
    if not codes:
        return column
    return replace(column, values=np.where(np.isin(column.values, codes), np.nan, column.values))


def described(sample: Sample) -> tuple[Column, ...]:
    """The columns of a table; of images and texts numbers about each."""
    if sample.images is not None:
        return (*_of_images(sample.images), *sample.columns)
    if sample.texts is not None:
        return (*_of_texts(sample.texts), *sample.columns)
    return sample.columns


def _of_images(images: Images) -> tuple[Column, ...]:
    found = image_statistics(images)
    red, _, blue = found.means.T.astype(np.float64)
    numbers = {
        "brightness": found.means.mean(axis=1),
        "contrast": found.spread,
        "sharpness": found.sharpness,
        "width": np.where(found.readable, found.sizes[:, 1], np.nan),
        "height": np.where(found.readable, found.sizes[:, 0], np.nan),
    }
    if np.nanmax(np.abs(red - blue), initial=0.0) > 0:
        numbers["red minus blue"] = red - blue
    return tuple(_number(name, values) for name, values in numbers.items())


def _of_texts(texts: Sequence[str]) -> tuple[Column, ...]:
    length = np.array([len(text.split()) for text in texts], dtype=np.float64)
    letters = np.array([len(text) for text in texts], dtype=np.float64)
    letters /= np.where(length > 0, length, np.nan)
    return _number("words in a text", length), _number("letters in a word", letters)


def _number(name: str, values: Array) -> Column:
    return Column(name=name, type=ColumnType.NUMBER, values=values.astype(np.float64))


def target_column(target: Target) -> Column | None:
    """The target as a column: classes as categories, one number as numbers."""
    if target.codes is not None:
        names = np.array([*target.classes, None], dtype=object)
        return Column(name=target.names[0], type=ColumnType.CATEGORY, values=names[target.codes])
    if target.values is not None and target.values.shape[1] == 1:
        return _number(target.names[0], target.values[:, 0])
    return None


def without_missing(column: Column) -> Column:
    """Only the values that are present and finite."""
    if column.values.dtype == object:
        return replace(column, values=column.values[~column.missing])
    return replace(column, values=column.values[np.isfinite(column.values)])
