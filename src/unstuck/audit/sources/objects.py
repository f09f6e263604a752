"""Objects of Python: arrays, frames, bunches, data sets and loaders of several libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.audit.sources.arrays import ArrayTable, draft_of_arrays, draft_of_columns
from unstuck.audit.sources.dask_frames import draft_of_dask, is_dask
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.examples import example
from unstuck.audit.sources.frames import frame_table, is_frame
from unstuck.audit.sources.huggingface import is_huggingface, parts_of_huggingface
from unstuck.audit.sources.modules import attribute, is_spelled
from unstuck.audit.sources.parts import Asked, Parts, split_name
from unstuck.audit.sources.paths import absent, parts_of_path
from unstuck.audit.sources.table import draft_of_table
from unstuck.audit.sources.table_forms import in_form
from unstuck.audit.sources.torch_data import (
    draft_of_indexed,
    draft_of_stream,
    has_length,
    is_dataset,
    is_loader,
    opener_of_torch,
    stream,
)
from unstuck.core.errors import UsageError

EXPECTED = (
    "a path, an array, a frame of pandas or polars, a bunch of scikit-learn, a data set or loader of torch, a data set "
    "of Hugging Face or Dask"
)


def parts_of(source: object, asked: Asked, name: str = "") -> Parts:
    """The splits that a source holds.

    Args:
        source: whatever the user has.
        asked: what it is read with.
        name: of the source, for messages; what its type says by default.

    Raises:
        UsageError: nobody knows how to read it.
    """
    if isinstance(source, str):
        path = Path(source).expanduser()
        if path.exists():
            return parts_of_path(path, asked)
        if is_spelled(source):
            return parts_of(attribute(source), asked, source)
        raise UsageError(absent(source))
    if isinstance(source, Path):
        return parts_of(str(source), asked)
    name = name or _name(source)
    if source is None or isinstance(source, (bool, int, float, complex, bytes, set, frozenset)):
        raise UsageError(f"{name} of type {type(source).__name__} cannot be audited. Expected {EXPECTED}.")
    if is_loader(source) or is_dataset(source):
        return {"": opener_of_torch(source, name, asked)}
    if is_huggingface(source):
        return parts_of_huggingface(source, name, asked)
    if is_dask(source):
        return {"": partial(draft_of_dask, source, name, asked)}
    if isinstance(source, tuple):
        return _of_tuple(source, asked, name)
    if isinstance(source, Mapping):
        return _of_mapping(source, asked, name)
    return _other(source, asked, name)


def _name(source: object) -> str:
    kind = type(source)
    return "array" if isinstance(source, (np.ndarray, list, tuple)) else kind.__name__


def _other(source: Any, asked: Asked, name: str) -> Parts:
    if is_frame(source):
        return {"": partial(_frame, source, name, asked)}
    if isinstance(source, (np.ndarray, list)) or hasattr(source, "__array__") or hasattr(source, "toarray"):
        return {"": partial(_arrays, source, None, name, asked)}
    if has_length(source):
        return {"": partial(draft_of_indexed, source, name, asked)}
    if isinstance(source, Iterable):
        return {"": lambda split, first: draft_of_stream(map(example, stream(source, name)), name, asked, split, first)}
    raise UsageError(f"Data of type {type(source).__name__} cannot be audited. Expected {EXPECTED}.")


def _of_tuple(source: tuple[Any, ...], asked: Asked, name: str) -> Parts:
    """(X, y), or ((X_train, y_train), (X_test, y_test))."""
    if len(source) in (2, 3) and all(isinstance(part, tuple) and len(part) == 2 for part in source):
        splits = ("train", "test") if len(source) == 2 else ("train", "val", "test")
        return {split: _only(parts_of(part, asked, name)) for split, part in zip(splits, source, strict=True)}
    if len(source) != 2:
        raise UsageError(f"A tuple of {len(source)} cannot be read. Expected (X, y) or ((X, y), (X_test, y_test)).")
    inputs, labels = source
    if isinstance(labels, str):
        raise UsageError(f"y is the text {labels!r}. Name the target column of a table with target={labels!r}.")
    if isinstance(inputs, (str, Path)) or is_loader(inputs) or is_dataset(inputs):
        raise UsageError(
            f"y beside {_name(inputs) if not isinstance(inputs, str) else inputs} cannot be read. A file names its "
            "target with target=…; a data set holds its labels itself."
        )
    return {"": partial(_arrays, inputs, labels, name, asked)}


def _only(parts: Parts) -> Any:
    return next(iter(parts.values()))


def _of_mapping(source: Mapping[Any, Any], asked: Asked, name: str) -> Parts:
    """Splits by their names, a bunch of scikit-learn, or columns by their names."""
    if not source:
        raise UsageError(f"{name} is empty. Expected {EXPECTED}.")
    by_split = {split_name(str(key)): value for key, value in source.items()}
    if None not in by_split and "train" in by_split:
        return {str(split): _only(parts_of(value, asked, name)) for split, value in by_split.items()}
    if "data" in source and ("target" in source or hasattr(source, "data")):
        return {"": partial(_bunch, source, name, asked)}
    columns = {str(key): np.asarray(value) for key, value in source.items()}
    lengths = {len(column) if column.ndim else -1 for column in columns.values()}
    if lengths == {-1} or len(lengths) > 1:
        raise UsageError(
            f"A dictionary must hold columns of one length, or the splits train, val and test. Got {name} with "
            f"{', '.join(f'{key}: {column.shape}' for key, column in list(columns.items())[:6])}."
        )
    table = ArrayTable(list(columns.values()), list(columns), name, named=True)
    return {"": lambda split, first: draft_of_columns(table, lengths.pop(), None, split, first, asked)}


def _frame(source: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    draft = draft_of_table(frame_table(source, name), split, asked.settings, first, asked.progress)
    return in_form(draft, asked.settings, first, None)


def _arrays(inputs: Any, labels: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    if is_frame(inputs):
        table = frame_table(inputs, "array" if name == "tuple" else name)
        count = int(getattr(inputs, "shape", (0,))[0]) or len(inputs)
        draft = draft_of_columns(table, count, labels, split, first, asked)
        return in_form(draft, asked.settings, first, None)
    return draft_of_arrays(inputs, labels, name, split, first, asked)


def _bunch(source: Mapping[str, Any], name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    """What the loaders of scikit-learn return."""
    images = source.get("images")
    inputs = images if images is not None and len(np.shape(images)) >= 3 else source["data"]
    labels = source.get("target")
    names = source.get("target_names")
    known = None
    if names is not None and labels is not None and np.asarray(labels).dtype.kind in "iu" and len(names) >= 2:
        known = [str(one) for one in names]
    if is_frame(inputs):
        table = frame_table(inputs, name)
        return draft_of_columns(table, len(inputs), labels, split, first, asked, known)
    return draft_of_arrays(inputs, labels, name, split, first, asked, source.get("feature_names"), known)
