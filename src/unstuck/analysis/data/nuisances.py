"""Nuisances: what is known about an example without looking at what it shows.

Shapes: *n* examples, *k* numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np

from unstuck.analysis.data.image_statistics import BLUE, GREEN, RED, ImageStatistics, image_statistics
from unstuck.analysis.data.layout import scrambled
from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.shortcuts import Nuisance

MOST_NAMES = 50
"""kinds of file names, categories of a column; more are keys and not kinds"""
PLACED = (Nuisance.FRAME, Nuisance.MARK)
"""where they are tells them from what an image shows"""
COLLECTION = frozenset(
    ("annotator", "batch", "camera", "clinic", "device", "file", "filename", "folder", "hospital", "id", "index",
     "machine", "operator", "origin", "path", "recorded", "recorder", "row", "scanner", "sensor", "serial", "site",
     "source", "station", "timestamp", "uuid")
)  # fmt: skip
"""words in the names of columns that say how the data was collected"""
IN_ORDER = 0.98
"""rank correlation with the position in the file, from which on a key only counts rows"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Known:
    """One nuisance of all examples."""

    nuisance: Nuisance
    values: Array  # (n, k), NaN where unknown
    control: Array | None = None  # (n, j)
    """what is shown beside it: a nuisance says more than that"""
    contrast: Array | None = None  # (n, j)
    """how it stands out from what is around it: that of a nuisance says much too"""
    places: Array | None = None  # (n, p)
    """brightness where a mark may be"""
    background: float = 0.3
    """share of the places from which on a value is the background"""
    all_places: bool = False
    """a mark has one value in each of them, not in any one"""
    column: str | None = None
    """the column of the table that holds it"""
    cuts: int = 6
    """depth of the tree that may use it: 2 where only a trend counts"""


def nuisances(sample: Sample) -> Iterator[Known]:
    """All that vary over the examples."""
    for known in _all(sample):
        values = known.values.reshape(len(known.values), -1)
        varies = [len(np.unique(column[np.isfinite(column)])) > 1 for column in values.T]
        if any(varies):
            yield replace(known, values=values[:, varies])


def _all(sample: Sample) -> Iterator[Known]:
    if sample.images is not None:
        mixed = scrambled(sample.images)
        shown = _of_images(image_statistics(sample.images))
        yield from (one for one in shown if not (mixed and one.nuisance in PLACED))
        names, classes = sample.names or sample.images.paths, sample.target.classes if sample.target else ()
        if names is not None:
            yield Known(nuisance=Nuisance.NAME, values=name_kinds(names, classes))
    if sample.texts is not None:
        yield Known(nuisance=Nuisance.LENGTH, values=np.array([len(text) for text in sample.texts], float))
    if sample.times is not None and not _in_order(sample.times):
        yield Known(nuisance=Nuisance.TIME, values=sample.times, cuts=2)
    for column in sample.columns:
        known = _of_column(column, beside=sample.form is not Form.TABLE)
        if known is not None:
            yield known


def _of_column(column: Column, *, beside: bool) -> Known | None:
    """A column that says how the data was collected; of images and texts every column that stands beside them."""
    about = beside or bool(COLLECTION & set(re.findall(r"[a-z]+", column.name.lower())))
    if column.type is ColumnType.IDENTIFIER or (about and column.type is ColumnType.NUMBER and not beside):
        number = key_numbers(column)
        return None if _in_order(number) else Known(
            nuisance=Nuisance.KEY, values=number, column=column.name, cuts=2
        )  # fmt: skip
    if column.type is ColumnType.TIME:
        return None if _in_order(column.values) else Known(
            nuisance=Nuisance.TIME, values=column.values, column=column.name, cuts=2
        )  # fmt: skip
    if not about or column.type is ColumnType.TEXT:
        return None
    values = column.values if column.values.dtype != object else categories(column)
    return Known(nuisance=Nuisance.SOURCE, values=values, column=column.name)


def _of_images(images: ImageStatistics) -> Iterator[Known]:
    gray = [values @ np.array([RED, GREEN, BLUE]) for values in (images.lowest, images.highest)]
    yield Known(nuisance=Nuisance.BRIGHTNESS, values=np.stack(gray, axis=1))
    if not np.allclose(images.means, images.means[:, :1], equal_nan=True):
        tints = [_between(values) for values in (images.means, images.edges, images.lowest, images.highest)]
        yield Known(nuisance=Nuisance.COLOUR, values=np.concatenate(tints, axis=1))
    weights = np.array([RED, GREEN, BLUE])
    ends = images.frame.reshape(len(images.frame), -1, 3) @ weights
    yield Known(
        nuisance=Nuisance.FRAME, values=images.frame, control=images.inside, places=ends, background=0.8,
        all_places=True,
    )  # fmt: skip
    marks = np.concatenate([images.corners, images.extremes], axis=1)
    squares = images.corners.reshape(len(marks), -1, 3) @ weights
    yield Known(nuisance=Nuisance.MARK, values=marks, contrast=images.contrast, places=squares)
    yield Known(nuisance=Nuisance.SIZE, values=np.where(images.readable[:, None], images.sizes, np.nan))
    yield Known(nuisance=Nuisance.MODE, values=np.where(images.readable, images.channels, np.nan))
    if any(images.headers):
        headers = images.headers
        formats = {name: at for at, name in enumerate(sorted({header.format for header in headers if header}))}
        yield Known(
            nuisance=Nuisance.FORMAT, values=np.array([formats[one.format] if one else np.nan for one in headers])
        )
        yield Known(
            nuisance=Nuisance.QUALITY, values=np.array([one.quantization if one else None for one in headers], float)
        )
        yield Known(nuisance=Nuisance.BYTES, values=np.array([one.bytes if one else np.nan for one in headers], float))
        yield Known(
            nuisance=Nuisance.TIME, values=np.array([seconds(one.captured if one else None) for one in headers]), cuts=2
        )


def _between(colours: Array) -> Array:
    """Differences of red, green and blue: the tint without the brightness. (n, 3)."""
    return colours - np.roll(colours, 1, axis=1)


def seconds(captured: str | None) -> float:
    """The time stamp of a camera, ``2024:01:02 03:04:05``, as seconds since 1970; NaN where it is none."""
    parts = re.fullmatch(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)", captured or "")
    if parts is None:
        return np.nan
    try:
        return float(np.datetime64(f"{parts[1]}-{parts[2]}-{parts[3]}T{parts[4]}").astype("datetime64[s]").astype(int))
    except ValueError:
        return np.nan


def name_kinds(names: tuple[str, ...], classes: tuple[str, ...] = ()) -> Array:
    """The kind of each file name, with its digits left out, as indicators. (n, kinds).

    Names that hold the name of a class say what a file is on purpose: they are no kinds.
    """
    kinds = [re.sub(r"\d+", "#", PurePath(name).stem.lower()) for name in names]
    spoken = {name.lower() for name in classes if not name.isdigit()}
    kinds = ["" if any(name in kind for name in spoken) else kind for kind in kinds]
    different = sorted(set(kinds))
    if not 1 < len(different) <= MOST_NAMES:
        return np.zeros((len(names), 1))
    return np.array(kinds)[:, None] == np.array(different)[None]  # type: ignore[no-any-return]


def categories(column: Column) -> Array:
    """The values of a column of categories as indicators. (n, categories)."""
    different = sorted({value for value in column.values if value is not None})
    if not 1 < len(different) <= MOST_NAMES:
        return np.zeros((len(column.values), 1))
    return np.stack([column.values == value for value in different], axis=1).astype(float)


def key_numbers(column: Column) -> Array:
    """The last whole number in each key; NaN where it has none. (n,)."""
    if column.values.dtype != object:
        return column.values
    found = (re.findall(r"\d+", str(value)) for value in column.values)
    return np.array([float(numbers[-1][:15]) if numbers else np.nan for numbers in found])


def _in_order(values: Array) -> bool:
    """Whether a key only counts the rows of the file."""
    known = np.isfinite(values)
    if known.sum() < 3:
        return True
    ranks = values[known].argsort().argsort()
    spread = ranks.std()
    return bool(spread == 0 or abs(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]) >= IN_ORDER)
