"""Inputs for a model from what an audit read: columns of numbers, images, tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unstuck.analysis.data.images import UnreadableImage
from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.errors import UsageError
from unstuck.evaluate.examples import ArrayExamples, Examples

Array = np.ndarray[Any, Any]
Prepare = Callable[[Any], Any]


def examples_of_sample(sample: Sample, prepare: Prepare | None, module: Any) -> Examples:
    """The examples of a sample as the model takes them.

    Args:
        sample: what was read.
        prepare: the user's own preparation: of a frame of a table, of one image, of a list of texts.
        module: the network; None for estimators and functions.

    Raises:
        UsageError: it cannot be told what the model takes.
    """
    target = sample.target
    if target is None:
        raise UsageError(f"{sample.name} has no labels: name the target column with --target.")
    truth = target.values if target.codes is None else target.codes
    assert truth is not None
    about: dict[str, Any] = {
        "truth": truth, "label_names": target.classes if target.codes is not None else None,
        "classes": None if target.codes is not None else target.names, "names": sample.names,
    }  # fmt: skip
    if sample.form is Form.IMAGE:
        return _Pictures(sample=sample, prepare=prepare, channels=_channels(module), module=module, **about)
    if sample.form is Form.TEXT:
        if prepare is None:
            raise UsageError("A network needs numbers, and these are texts: give --prepare module:function.")
        return ArrayExamples(x=np.array(sample.texts, dtype=object), make=lambda texts: prepare(list(texts)), **about)
    if sample.form is Form.TOKENS:
        assert sample.tokens is not None
        return ArrayExamples(x=sample.tokens, make=prepare or _tensor(module, "long"), **about)
    return _table(sample, prepare, module, about)


def _table(sample: Sample, prepare: Prepare | None, module: Any, about: dict[str, Any]) -> Examples:
    columns = {column.name: column.values for column in sample.columns}
    if prepare is not None or module is None:
        return _Rows(x=np.arange(len(sample)), make=prepare or _same, columns=columns, **about)
    other = next((column for column in sample.columns if column.type is not ColumnType.NUMBER), None)
    if other is not None:
        values = other.values
        if values.dtype == object:
            raise UsageError(
                f"Column {other.name} holds {other.type}, and a network needs numbers. Give --prepare "
                "module:function: of a frame of the columns, it returns what the model takes."
            )
    x = np.stack(list(columns.values()), axis=1).astype(np.float64)
    return ArrayExamples(x=x, make=_tensor(module, "float32"), **about)


@dataclass(eq=False, kw_only=True)
class _Rows(ArrayExamples):
    """Rows of a table as frames."""

    columns: dict[str, Array]

    def raw(self, rows: Sequence[int]) -> Any:
        return _frame(self.columns, np.asarray(rows))


def _frame(columns: dict[str, Array], at: Array) -> Any:
    """Some rows as a frame of pandas; without pandas as a dictionary of arrays."""
    some = {name: values[at] for name, values in columns.items()}
    try:
        import pandas
    except ImportError:
        return some
    return pandas.DataFrame(some)


def _same(value: Any) -> Any:
    return value


def _tensor(module: Any, kind: str) -> Prepare:
    if module is None:
        return _same
    import torch

    return lambda batch: torch.as_tensor(np.ascontiguousarray(batch)).to(getattr(torch, kind))


def _channels(module: Any) -> int | None:
    """Colours that the first convolution of a network takes."""
    if module is None:
        return None
    found = next((one for one in module.modules() if type(one).__name__ == "Conv2d"), None)
    return None if found is None else int(found.in_channels)


@dataclass(eq=False, kw_only=True)
class _Pictures(Examples):
    """Images, each read when it is asked for: numbers from 0 to 1, colours first."""

    sample: Sample
    prepare: Prepare | None
    channels: int | None
    module: Any
    cache: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.prepare is None:
            self.notes.append("images were given as numbers from 0 to 1; --prepare gives them otherwise")

    def __len__(self) -> int:
        return len(self.sample)

    def batch(self, rows: Sequence[int]) -> Any:
        return self.made(self.raw(rows))

    def raw(self, rows: Sequence[int]) -> list[Array]:
        return [self._pixels(int(row)) for row in rows]

    def made(self, raw: Any) -> Any:
        made = [self._prepared(pixels) for pixels in raw]
        shapes = {tuple(one.shape) for one in made}
        if len(shapes) > 1:
            raise UsageError(
                f"The images have different shapes, such as {sorted(shapes)[0]} and {sorted(shapes)[-1]}. Give "
                "--prepare module:function, which returns a tensor of one shape for each image."
            )
        if self.module is None and not hasattr(made[0], "detach"):
            return np.stack(made)
        import torch

        return torch.stack([torch.as_tensor(one) for one in made])

    def _pixels(self, row: int) -> Array:
        images = self.sample.images
        assert images is not None
        try:
            return images.load(row)
        except UnreadableImage as broken:
            name = self.names[row] if self.names else f"row {row}"
            raise UsageError(f"The image {name} cannot be read: {broken}. Take it out of the data.") from broken

    def _prepared(self, pixels: Array) -> Any:
        if self.prepare is not None:
            from PIL import Image

            if pixels.dtype != np.uint8:
                return self.prepare(pixels)
            return self.prepare(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))
        values = pixels.astype(np.float32) / (255.0 if pixels.dtype == np.uint8 else 1.0)
        if self.channels == 1 and values.shape[-1] >= 3:
            values = values[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
            values = values[..., None]
        elif self.channels == 3:
            values = values[..., :3] if values.shape[-1] >= 3 else np.repeat(values[..., :1], 3, axis=-1)
        return np.ascontiguousarray(np.moveaxis(values, -1, 0))
