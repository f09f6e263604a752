"""NumPy arrays, and what becomes one: lists, tensors, sparse matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.array_like import as_array
from unstuck.audit.sources.cells import Cells, cells
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.image_arrays import CHANNELS, image_shape, pixels
from unstuck.audit.sources.labels import labels_of, profile_of_labels
from unstuck.audit.sources.parts import Asked
from unstuck.audit.sources.roles import positions
from unstuck.audit.sources.sampling import positions_of
from unstuck.audit.sources.table import Table, draft_of_table
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

BATCH_CELLS = 1 << 22
"""cells of a batch of rows of an array"""
SMALLEST_SIDE = 8
"""of an image without channels; smaller arrays are rows of a table"""


class ArrayTable:
    """A matrix, one column for each feature."""

    def __init__(self, values: Sequence[Array], names: Sequence[str], source: str, *, named: bool) -> None:
        self.source, self.names, self.named = source, tuple(names), named
        self.notes: list[str] = []
        self._values = values
        self._rows = len(values[0])
        self._done = 0

    def share(self) -> float:
        """Of the rows."""
        return self._done / max(1, self._rows)

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """Some rows at a time."""
        step = max(1000, BATCH_CELLS // max(1, len(columns)))
        for at in range(0, self._rows, step):
            self._done = min(self._rows, at + step)
            yield [
                cells(np.ma.asanyarray(self._values[column])[at : at + step]
                      if isinstance(self._values[column], np.ma.MaskedArray)
                      else self._values[column][at : at + step], f"{self.source}, column {self.names[column]},")
                for column in columns
            ]  # fmt: skip


def draft_of_arrays(
    inputs: object, labels: object, source: str, split: int, first: Draft | None, asked: Asked,
    names: Sequence[str] | None = None, class_names: Sequence[str] | None = None, *, named: bool = True,
) -> Draft:  # fmt: skip
    """A split given as arrays.

    Args:
        inputs: (n, d), (n, height, width[, channels]), (n, channels, height, width), or n texts.
        labels: (n,) or (n, k); None where there are none.
        source: for messages.
        split: id.
        first: the training split.
        asked: what it is read with.
        names: of the columns.
        class_names: where labels are numbers of classes.
        named: columns have names, or need none, because labels are given apart.

    Raises:
        UsageError: the arrays cannot be examples, or do not belong together.
    """
    x = as_array(inputs, f"The input ({source})")
    if not len(x):
        raise UsageError(f"{source} holds no examples: its shape is {x.shape}. An audit needs at least one.")
    if x.dtype.names:
        table = ArrayTable([x[name] for name in x.dtype.names], x.dtype.names, source, named=True)
        return draft_of_columns(table, len(x), labels, split, first, asked)
    form = _form(x, asked, first)
    if x.ndim == 1:
        x = x[:, None]
    if form is Form.TABLE and x.ndim > 2:
        x = x.reshape(len(x), -1)
    if form is Form.TABLE:
        if not x.shape[1]:
            raise UsageError(f"{source} has no columns: its shape is {x.shape}.")
        given = names if names is not None and len(names) == x.shape[1] else None
        titles = tuple(map(str, given)) if given is not None else _titles(x.shape[1], named=named)
        table = ArrayTable([x[:, at] for at in range(x.shape[1])], titles, source, named=named or given is not None)
        return draft_of_columns(table, len(x), labels, split, first, asked, class_names)
    rows = positions_of(len(x), asked.settings.rows, asked.settings.seed + split)
    masks = target_images(labels, x, rows, source) if form is Form.IMAGE else None
    y = labels_of(None if masks is not None else labels, len(x), source)
    common = {"source": source, "total": len(x), "rows": rows, "form": form, **y.at(rows, class_names)}
    common["profiles"] = profile_of_labels(y, split, asked.settings)
    if form is Form.TEXT:
        texts = [value or "" for value in cells(x[:, 0], source).values[rows].tolist()]
        return Draft(**common, texts=tuple(texts))
    if form is Form.TOKENS:
        return Draft(**common, tokens=np.asarray(x[rows], dtype=np.int64), shape=tuple(x.shape[1:]))
    shape = image_shape(x.shape[1:], source)
    images = Images(count=len(rows), load=lambda at: pixels(x[rows[at]], shape))
    return Draft(**common, images=images, shape=tuple(x.shape[1:]), target_images=masks)


def target_images(labels: object, inputs: Array, rows: Array, source: str) -> Images | None:
    """Targets that are images, such as masks; None where the labels are something else."""
    y = as_array(labels, f"y ({source})") if hasattr(labels, "shape") and len(labels.shape) in (3, 4) else None
    if y is None or len(y) != len(inputs) or y.dtype.kind not in "buif" or min(y.shape[-2:]) < 1:
        return None
    if y.ndim == 4 and not {y.shape[1], y.shape[-1]} & set(CHANNELS):
        return None
    shape = image_shape(y.shape[1:], f"y ({source})")
    return Images(count=len(rows), load=lambda at: pixels(y[rows[at]], shape))


def _titles(width: int, *, named: bool) -> tuple[str, ...]:
    """x0, x1, … of arrays in memory; of files the positions that the user may name as a target."""
    return tuple(f"x{at}" for at in range(width)) if named else positions(width)


def draft_of_columns(
    table: Table, count: int, labels: object, split: int, first: Draft | None, asked: Asked,
    class_names: Sequence[str] | None = None,
) -> Draft:  # fmt: skip
    """A table in memory, with labels beside it or among its columns.

    Args:
        table: of the inputs.
        count: rows it has.
        labels: None where they are among the columns, or nowhere.
        split: id.
        first: the training split.
        asked: what it is read with.
        class_names: where labels are numbers of classes.
    """
    settings = asked.settings
    y = labels_of(labels, count, table.source)
    if y.values is None:
        return draft_of_table(table, split, settings, first, asked.progress)
    draft = draft_of_table(table, split, settings, first, asked.progress, labels_apart=True)
    return _with(draft, y.at(draft.rows, class_names), profile_of_labels(y, split, settings))


def _with(draft: Draft, beside: dict[str, Any], profiles: tuple[Any, ...]) -> Draft:
    return replace(draft, **beside, profiles=(*draft.profiles, *profiles))


def _form(x: Array, asked: Asked, first: Draft | None) -> Form:
    wanted = asked.settings.form or (first.form if first is not None else None)
    if x.dtype == object and x.ndim == 1 and wanted is None and all(isinstance(value, str) for value in x[:100]):
        wanted = Form.TEXT
    if x.dtype.kind in "UT" and x.ndim == 1 and wanted is None:
        wanted = Form.TEXT
    if wanted is Form.IMAGE and x.ndim < 3:
        raise UsageError(f"Images are arrays of shape (n, height, width[, channels]). Got {x.shape}.")
    if wanted is Form.TOKENS and (x.ndim != 2 or x.dtype.kind not in "iu"):
        raise UsageError(f"Tokens are whole numbers of shape (n, length). Got {x.dtype} of shape {x.shape}.")
    if wanted is Form.TEXT and x.dtype.kind not in "OUST":
        raise UsageError(f"Texts are an array of str. Got {x.dtype} of shape {x.shape}.")
    if wanted is not None and not (wanted is Form.TABLE and first is not None and x.ndim > 2):
        return wanted
    if x.ndim > 4:
        raise UsageError(
            f"Arrays of {x.ndim} dimensions cannot be audited. Got {x.shape}. Reshape to images (n, height, width, "
            "channels), for example one for each frame, or to a table (n, d)."
        )
    if x.ndim == 4 or (x.ndim == 3 and min(x.shape[1:]) >= SMALLEST_SIDE):
        return Form.IMAGE
    return Form.TOKENS if is_tokens(x) else Form.TABLE


def is_tokens(x: Array) -> bool:
    """Whether whole numbers are clearly padded sequences: zeros at the end of rows only, and a vocabulary."""
    if x.ndim != 2 or x.dtype.kind not in "iu" or len(x) < 20 or x.shape[1] < 8:
        return False
    some = x[np.linspace(0, len(x) - 1, min(len(x), 5000)).astype(int)]
    if some.min() < 0 or some.max() < 50:
        return False
    zero = some == 0
    at_the_end = (np.diff(zero.astype(np.int8), axis=1) >= 0).all(axis=1)
    return bool(at_the_end.all() and zero[:, -1].mean() > 0.3 and not zero[:, 0].any())
