"""Inputs as arrays that can be edited, whatever form they have, and what the model predicts for edited ones.

Shapes: images are (n, C, H, W) from 0 to 1; tables (n, k).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.model.outputs import Given, predictions_of, scale_of
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array, Predictions
    from unstuck.evaluate.context import Context
    from unstuck.evaluate.examples import Examples

LEAST_SIDE = 8
"""pixels"""
NO_MODEL = "the model itself (these are predictions from a file)"
NO_ARRAYS = "inputs that are images or numbers in a table"


def predicted(context: Context, raw: Any, rows: Array) -> Predictions:
    """Truth of some examples and what the model predicts for their edited inputs.

    Args:
        context: of the evaluation.
        raw: as `Examples.raw` gives them, edited.
        rows: numbers of the examples.

    Raises:
        UsageError: the model fails on such inputs, or gives NaN.
    """
    assert context.predictor is not None
    assert context.examples is not None
    size, found = context.settings.batch_size, []
    with context.predictor.evaluating():
        for first in range(0, len(rows), size):
            some = slice(first, min(len(rows), first + size))
            batch = context.examples.made(taken(raw, some))
            found.append(context.predictor.outputs(batch, some.stop - some.start))
    given = context.given
    return predictions_of(np.concatenate(found), Given(
        truth=given.truth[rows], classes=given.classes, task=given.task, scale=scale_of(given.outputs),
    ))  # fmt: skip


def taken(raw: Any, some: slice | Array) -> Any:
    """Some rows of a frame, an array, a tensor or a list."""
    if hasattr(raw, "iloc"):
        return raw.iloc[some]
    if isinstance(raw, dict):
        return {name: values[some] for name, values in raw.items()}
    if isinstance(raw, list):
        return raw[some] if isinstance(some, slice) else [raw[int(at)] for at in some]
    return raw[some]


def is_single(context: Context) -> bool:
    """Whether each example has one class, and the model is there to be asked again.

    Raises:
        TooLittle: the model is missing.
    """
    if not context.given.task.has_classes or context.given.several:
        return False
    if context.predictor is None or context.examples is None:
        raise TooLittle(NO_MODEL)
    return True


@dataclass(frozen=True, eq=False, kw_only=True)
class EditableImages:
    """Images of some examples from 0 to 1, and the way back."""

    images: Array  # (n, C, H, W) float32
    low: Array  # (C,)
    high: Array
    like: Any
    """as the examples gave them: a list, an array or a tensor"""
    channels_last: bool
    channelled: bool
    """they have an axis of channels"""

    def back(self, images: Array) -> Any:
        """Edited images as the examples gave them."""
        values = images * (self.high - self.low)[:, None, None] + self.low[:, None, None]
        values = values if self.channelled else values[:, 0]
        values = np.moveaxis(values, 1, -1) if self.channels_last and self.channelled else values
        first = self.like[0]
        kind = first.dtype
        if hasattr(first, "detach"):
            import torch

            made = torch.as_tensor(np.ascontiguousarray(values))
            return made.round().to(kind) if not kind.is_floating_point else made.to(kind)
        values = np.round(values).astype(kind) if kind.kind in "ui" else values.astype(kind)
        return list(values) if isinstance(self.like, list) else values


def editable_images(examples: Examples, rows: Array, scale: EditableImages | None = None) -> EditableImages | None:
    """Images of some examples; None where they are none.

    Args:
        examples: of the split.
        rows: numbers of the examples.
        scale: of other images, for the same range of values.
    """
    raw = examples.raw(rows.tolist())
    if isinstance(raw, list):
        if not raw or not all(hasattr(one, "ndim") and one.ndim == 3 for one in raw):
            return None
        raw = _of_one_shape(raw)
        values, last, channelled = np.stack(raw), True, True
    else:
        array = _as_array(raw)
        if array is None or array.ndim not in (3, 4):
            return None
        values, channelled = array, array.ndim == 4
        last = channelled and array.shape[1] not in (1, 3) and array.shape[-1] in (1, 3)
        if channelled and not last and array.shape[1] not in (1, 3):
            return None
    if not channelled:
        values = values[:, None]
    values = np.moveaxis(values, -1, 1) if last else values
    if values.shape[1] not in (1, 3) or min(values.shape[2:]) < LEAST_SIDE:
        return None
    low, high = (scale.low, scale.high) if scale is not None else _ends(values)
    images = (values.astype(np.float32) - low[:, None, None]) / (high - low)[:, None, None]
    return EditableImages(
        images=np.clip(images, 0.0, 1.0), low=low, high=high, like=raw, channels_last=last, channelled=channelled
    )


def _ends(values: Array) -> tuple[Array, Array]:
    """The range of each channel: 0 to 255, 0 to 1, or as far as the values go."""
    channels = values.shape[1]
    if values.dtype == np.uint8:
        return np.zeros(channels, np.float32), np.full(channels, 255.0, np.float32)
    low, high = values.min(axis=(0, 2, 3)), values.max(axis=(0, 2, 3))
    for top in (1.0, 255.0):
        if low.min() >= 0 and top / 4 < high.max() <= top:
            return np.zeros(channels, np.float32), np.full(channels, top, np.float32)
    return low.astype(np.float32), np.maximum(high, low + 1e-6).astype(np.float32)


def _of_one_shape(raw: Sequence[Array]) -> list[Array]:
    """Without transparency, gray ones with three channels beside coloured ones, all of the most usual size."""
    channels = 3 if any(one.shape[-1] >= 3 for one in raw) else 1
    shapes, counts = np.unique([one.shape[:2] for one in raw], axis=0, return_counts=True)
    height, width = (int(one) for one in shapes[counts.argmax()])
    made = []
    for one in raw:
        pixels = one[..., :channels] if one.shape[-1] >= channels else np.repeat(one[..., :1], channels, axis=-1)
        made.append(pixels if pixels.shape[:2] == (height, width) else _resized(pixels, height, width))
    return made


def _resized(pixels: Array, height: int, width: int) -> Array:
    from PIL import Image

    planes = [
        np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR))
        for plane in np.moveaxis(pixels, -1, 0)
    ]
    return np.stack(planes, axis=-1)


@dataclass(frozen=True, eq=False, kw_only=True)
class EditableTable:
    """Rows of a table, whose columns can be exchanged and moved."""

    raw: Any
    names: tuple[str, ...]

    def column(self, at: int) -> Array:
        """The values of a column."""
        if isinstance(self.raw, dict):
            return np.asarray(self.raw[self.names[at]])
        if hasattr(self.raw, "iloc"):
            return np.asarray(self.raw.iloc[:, at])
        values = _as_array(self.raw)
        assert values is not None
        return np.asarray(values[:, at])

    def with_column(self, at: int, values: Array) -> Any:
        """All rows with other values of one column."""
        if isinstance(self.raw, dict):
            return {**self.raw, self.names[at]: values}
        if hasattr(self.raw, "iloc"):
            made = self.raw.copy()
            made[made.columns[at]] = values
            return made
        if hasattr(self.raw, "detach"):
            import torch

            made = self.raw.clone()
            made[:, at] = torch.as_tensor(values).to(made.dtype)
            return made
        made = np.array(self.raw)
        made[:, at] = values
        return made


def editable_table(examples: Examples, rows: Array) -> EditableTable | None:
    """Some rows of a table; None where the inputs are none."""
    raw = examples.raw(rows.tolist())
    if isinstance(raw, dict) and all(isinstance(values, np.ndarray) and values.ndim == 1 for values in raw.values()):
        return EditableTable(raw=raw, names=tuple(raw))
    if hasattr(raw, "iloc"):
        return EditableTable(raw=raw, names=tuple(map(str, raw.columns)))
    values = _as_array(raw)
    if values is None or values.ndim != 2 or values.dtype.kind not in "fiub":
        return None
    return EditableTable(raw=raw, names=tuple(str(at) for at in range(values.shape[1])))


def numbers_of(values: Array) -> Array:  # (n,) float64
    """A column as numbers: categories by their order, NaN where missing."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    texts = np.array(["" if value is None else str(value) for value in values])
    return np.unique(texts, return_inverse=True)[1].astype(np.float64)


def column_names(context: Context, table: EditableTable) -> tuple[str, ...]:
    """As the data calls them, where it does."""
    sample = context.test
    known = () if sample is None or sample.form is not Form.TABLE else tuple(column.name for column in sample.columns)
    return known if len(known) == len(table.names) else table.names


def _as_array(raw: Any) -> Array | None:
    """An array or tensor as an array; None for what is neither."""
    if hasattr(raw, "detach"):
        return np.asarray(raw.detach().cpu().numpy())
    return raw if isinstance(raw, np.ndarray) and raw.dtype.kind in "fiub" else None
