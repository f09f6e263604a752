"""What is to be predicted, from the target alone.

Shapes: *n* examples, *k* target columns. Cells are float64 (NaN where missing) or objects (str, None where missing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from unstuck.analysis.data.cell_values import CLEAR_MARKS, Array, bare, is_code, number, numbers, plain
from unstuck.core.data_types import Task

FEW_NUMBERS = 20
"""different whole numbers that are taken for classes"""
MOST_CLASSES = 1000
"""more different whole numbers are never taken for classes"""
ROWS_PER_CLASS = 2
"""examples for each class at the least, on average"""
EVEN = 0.2
"""the rarest of many numbers is this often of the median count, if they are classes"""
MOST_NAMES = 0.5
"""different names of all examples; more of them are no classes"""


def infer_task(target: Array) -> Task:
    """The task that a target sets; (n,) or (n, k)."""
    if target.ndim > 1 and target.shape[1] > 1:
        return _of_columns(target)
    cells = target.reshape(len(target), -1)[:, 0] if target.ndim > 1 else target
    if cells.dtype == object:
        read = numbers(cells)
        if read.unreadable:
            return _of_names(cells)
        cells = read.values
    return _of_numbers(cells)


def _of_columns(target: Array) -> Task:
    flat = numbers(target.reshape(-1).astype(object)) if target.dtype == object and _all_texts(target) else None
    if target.dtype == object and (flat is None or flat.unreadable):
        return Task.SEQUENCE
    values = flat.values if flat is not None else target.reshape(-1)
    known = values[~np.isnan(values)]
    if np.isin(known, (0, 1)).all():
        rows = values.reshape(len(target), -1)
        return Task.MULTI_CLASS if one_hot(rows) else Task.MULTI_LABEL
    return Task.REGRESSION


def _all_texts(target: Array) -> bool:
    return all(value is None or isinstance(value, str) for value in target.reshape(-1))


def one_hot(rows: Array) -> bool:
    """Whether each row holds a single 1 among zeros, and every column is used by some row; (n, k) numbers."""
    return bool(
        rows.ndim == 2 and rows.shape[1] > 1 and len(rows) >= rows.shape[1]
        and np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all() and rows.any(axis=0).all()
    )  # fmt: skip


def _of_numbers(values: Array) -> Task:
    known = values[np.isfinite(values)]
    different, counts = np.unique(known, return_counts=True)
    if len(different) <= 2:
        return Task.BINARY
    if np.any(different != np.round(different)) or len(different) > MOST_CLASSES:
        return Task.REGRESSION
    if len(known) < ROWS_PER_CLASS * len(different):
        return Task.REGRESSION
    if len(different) <= FEW_NUMBERS:
        return Task.MULTI_CLASS
    lined_up = different[0] in (0, 1) and different[-1] - different[0] + 1 == len(different)
    even = counts.min() >= EVEN * np.median(counts)
    return Task.MULTI_CLASS if lined_up and even else Task.REGRESSION


def _of_names(cells: Array) -> Task:
    different = {text.strip() for text in cells if text is not None and text.strip()}
    if len(different) <= 2:
        return Task.BINARY
    count = sum(text is not None for text in cells)
    if len(different) > MOST_NAMES * count and len(different) > FEW_NUMBERS:
        return Task.SEQUENCE
    return Task.MULTI_CLASS


def class_name(value: object) -> str | None:
    """The name of the class that a cell of a target names; None where it is missing."""
    if value is None:
        return None
    if isinstance(value, str):
        text = bare(value)
        if not text or text.lower() in CLEAR_MARKS:
            return None
        as_number = number(text) if text[-1].isdigit() or text[-1] == "." else None
        return plain(as_number) if as_number is not None and not is_code(text) else text
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, float, np.number)):
        return None if value != value else plain(float(value))
    return str(value)


def class_names(values: Iterable[object]) -> tuple[str, ...]:
    """Names of the classes among these values: numbers in their order, else by the alphabet."""
    found = {name for value in values if (name := class_name(value)) is not None}
    as_numbers = {name: number(name) for name in found}
    if all(value is not None for value in as_numbers.values()):
        return tuple(sorted(found, key=lambda name: (as_numbers[name], name)))
    return tuple(sorted(found))


def united(names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The classes of all splits: those of the first in their order, then what others add."""
    return tuple(dict.fromkeys(name for some in names for name in some))
