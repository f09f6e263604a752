"""Data sets of Hugging Face."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images, UnreadableImage
from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.cells import Cells
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.examples import array, example
from unstuck.audit.sources.image_arrays import image_shape, pixels
from unstuck.audit.sources.optional import need
from unstuck.audit.sources.parts import Asked, Parts, split_name
from unstuck.audit.sources.polars_tables import of_series
from unstuck.audit.sources.table import draft_of_table
from unstuck.audit.sources.table_forms import in_form
from unstuck.audit.sources.torch_data import draft_of_stream, stream
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.errors import UsageError

BATCH_ROWS = 10_000
TOKENS = ("input_ids", "tokens")


def is_huggingface(source: object) -> bool:
    """Whether it is one of them."""
    datasets: Any = sys.modules.get("datasets")
    if datasets is None or not hasattr(datasets, "DatasetDict"):
        return False
    kinds = (datasets.Dataset, datasets.DatasetDict, datasets.IterableDataset, datasets.IterableDatasetDict)
    return isinstance(source, kinds)


def parts_of_huggingface(source: Any, name: str, asked: Asked) -> Parts:
    """A data set, or a dictionary of splits."""
    datasets: Any = sys.modules["datasets"]
    if isinstance(source, (datasets.DatasetDict, datasets.IterableDatasetDict)):
        if not source:
            raise UsageError(f"{name} holds no splits.")
        return {split_name(key) or key: parts_of_huggingface(part, f"{name}[{key}]", asked)[""]
                for key, part in source.items()}  # fmt: skip
    if isinstance(source, datasets.IterableDataset):
        return {"": lambda split, first: draft_of_stream(map(example, stream(source, name)), name, asked, split, first)}
    return {"": partial(_draft, source, name, asked)}


class HuggingFaceTable:
    """The columns that are numbers, texts and categories."""

    def __init__(self, data: Any, source: str, names: Sequence[str]) -> None:
        self.source, self.names, self.named = source, tuple(names), True
        self.notes: list[str] = []
        self._data = data
        self._done = 0

    def share(self) -> float:
        """Of the rows."""
        return min(1.0, self._done / max(1, len(self._data)))

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """Some thousand rows at a time."""
        polars = need("polars", self.source)
        chosen = [self.names[at] for at in columns]
        arrow = self._data.select_columns(chosen).with_format("arrow")
        coded = {name for name in chosen if type(self._data.features[name]).__name__ == "ClassLabel"}
        self._done = 0
        for block in arrow.iter(batch_size=BATCH_ROWS):
            frame = polars.from_arrow(block)
            self._done += len(frame)
            found = [of_series(frame[name], self.source) for name in chosen]
            yield [
                cells._replace(hint=ColumnType.CATEGORY) if name in coded else cells
                for name, cells in zip(chosen, found, strict=True)
            ]


def _draft(data: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    if not len(data):
        raise UsageError(f"{name} holds no examples. An audit needs at least one.")
    kinds = {column: type(feature).__name__ for column, feature in data.features.items()}
    image = next((column for column, kind in kinds.items() if kind == "Image"), None)
    tokens = next((column for column in TOKENS if column in kinds and kinds[column] in ("List", "Sequence")), None)
    apart = image or tokens
    names = [column for column, kind in kinds.items() if kind not in ("Image", "Audio", "Video") and column != tokens]
    if not names:
        raise UsageError(f"{name} has no column besides {apart}. Labels stand in a column of their own.")
    table = HuggingFaceTable(data, name, names)
    draft = draft_of_table(table, split, asked.settings, first, asked.progress, inputs_apart=apart is not None)
    if len(draft.label_names) == 1 and kinds.get(draft.label_names[0]) == "ClassLabel":
        draft = replace(draft, class_names=tuple(data.features[draft.label_names[0]].names))
    if image is not None:
        images = Images(count=len(draft.rows), load=lambda at: _load(data, image, int(draft.rows[at]), name))
        return replace(draft, form=Form.IMAGE, images=images)
    if tokens is not None:
        return replace(draft, form=Form.TOKENS, tokens=_padded(data, tokens, draft.rows))
    return in_form(draft, asked.settings, first, None)


def _load(data: Any, column: str, row: int, name: str) -> Array:
    try:
        image = array(data[row][column])
    except Exception as error:
        raise UnreadableImage(str(error) or type(error).__name__) from error
    return pixels(image, image_shape(image.shape, name))


def _padded(data: Any, column: str, rows: Array) -> Array:
    """Sequences with zeros at their ends."""
    lists = data.select_columns([column]).select(rows.tolist())[column]
    kept = [np.asarray(one if one is not None else [], dtype=np.int64) for one in lists]
    made = np.zeros((len(kept), max((len(one) for one in kept), default=0)), dtype=np.int64)
    for at, one in enumerate(kept):
        made[at, : len(one)] = one
    return made
