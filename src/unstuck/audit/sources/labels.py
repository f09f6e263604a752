"""Labels that stand beside the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.analysis.data.task import infer_task
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.array_like import as_array
from unstuck.audit.sources.cells import cells
from unstuck.audit.sources.column_profiles import MOST_SEEN, ColumnReader
from unstuck.core.data_types import ColumnType, Task
from unstuck.core.errors import UsageError
from unstuck.record.events.data.columns import ColumnProfile


@dataclass(frozen=True, eq=False)
class Labels:
    """Of all examples of a split."""

    values: Array | None  # (n,) or (n, k)
    names: tuple[str, ...] = ("target",)

    def at(self, rows: Array, class_names: Sequence[str] | None = None) -> dict[str, Any]:
        """What a draft holds of them."""
        if self.values is None:
            return {}
        some = self.values[rows]
        whole = len(rows) == len(self.values)
        return {
            "labels": some, "label_names": self.names,
            "values_of_label": None if whole or self.values.ndim > 1 else different(self.values),
            "class_names": None if class_names is None or some.dtype.kind not in "iu" else tuple(map(str, class_names)),
        }  # fmt: skip


def different(values: Array) -> tuple[object, ...] | None:
    """The different labels, if they are few enough."""
    found = list(dict.fromkeys(values.tolist())) if values.dtype == object else np.unique(values).tolist()
    return tuple(found) if len(found) <= MOST_SEEN else None


def labels_of(given: object, count: int, source: str) -> Labels:
    """Labels of any kind as an array.

    Args:
        given: an array, a list, a tensor, a column of a frame; None.
        count: examples there are.
        source: for messages.

    Raises:
        UsageError: there are more or fewer labels than examples, or they are no labels.
    """
    if given is None:
        return Labels(None)
    columns = getattr(given, "columns", None)
    name = getattr(given, "name", None)
    if columns is not None and hasattr(given, "to_numpy"):
        names = tuple(str(column) for column in columns)
    else:
        names = (name,) if isinstance(name, str) and name else ()
    y = as_array(given.to_numpy() if hasattr(given, "to_numpy") else given, f"y ({source})")
    if len(y) != count:
        raise UsageError(
            f"Inputs and labels must have the same length. {source} has {count} examples and {len(y)} labels."
        )
    if y.dtype.names:
        names, y = tuple(y.dtype.names), np.stack([y[field] for field in y.dtype.names], axis=1)
    if y.ndim > 2:
        raise UsageError(
            f"Labels have the shape (n,) or (n, k). Got {y.shape}. Reduce them to one label for each example, or leave "
            "them out."
        )
    if y.dtype.kind == "c":
        raise UsageError("Labels of complex numbers cannot be audited. Give their real and imaginary parts.")
    if isinstance(y, np.ma.MaskedArray) or y.dtype.kind in "MmST" or _holds_lists(y):
        flat = cells(y.reshape(-1), f"y ({source})").values
        y = flat.reshape(y.shape)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and not y.shape[1]:
        raise UsageError(f"Labels have the shape (n,) or (n, k). Got {y.shape}.")
    width = 1 if y.ndim == 1 else y.shape[1]
    if len(names) != width:
        names = ("target",) if width == 1 else tuple(f"target_{at}" for at in range(width))
    return Labels(y, names)


def _holds_lists(y: Array) -> bool:
    return y.dtype == object and any(isinstance(value, (list, tuple, dict, np.ndarray)) for value in y.reshape(-1))


def profile_of_labels(labels: Labels, split: int, settings: AuditSettings) -> tuple[ColumnProfile, ...]:
    """Profiles of the targets, over all rows."""
    if labels.values is None:
        return ()
    matrix = labels.values.reshape(len(labels.values), -1)
    made = []
    for at, name in enumerate(labels.names):
        found = cells(matrix[:, at], f"target {name}")
        task = settings.task or infer_task(found.values)
        kind = ColumnType.NUMBER
        if task is Task.SEQUENCE:
            kind = ColumnType.TEXT
        elif task.has_classes and matrix.shape[1] == 1:
            kind = ColumnType.CATEGORY
        reader = ColumnReader(name, kind)
        reader.update(found.values)
        made.append(reader.profile(split))
    return tuple(made)
