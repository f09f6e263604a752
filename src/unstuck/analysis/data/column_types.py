"""The type of a column, from its name and its values.

Shapes: *n* cells. Cells are float64 (NaN where missing) or objects (str, None where missing).
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.cell_values import Array, is_code, names, numbers, present, time_reader, times
from unstuck.core.data_types import ColumnType

MOST_LOOKED_AT = 20_000
"""cells that the type is inferred from"""
NUMBERS_SHARE = 0.9
"""of the cells that hold something and are no mark of a missing value"""
IDENTIFIER_SHARE = 0.99
"""different values of all: a key"""
FEWEST_ROWS = 20
"""below, different values in every row say nothing"""
WORDS_OF_TEXT = 5
WORDS_OF_NAMES = 3
_KEY = re.compile(
    r"(^|[_\s.-])(id|uuid|guid|key|index|idx|rowid|nr|no)$|^id[_\s]|[a-z](Id|ID)$|^unnamed:? ?_?0?$", re.I
)


def is_key(name: str) -> bool:
    """Whether the name of a column says that it only tells rows apart."""
    return _KEY.search(name) is not None


class Converted(NamedTuple):
    """The cells of a column as its type wants them."""

    values: Array
    """numbers and times: float64; else str objects"""
    marks: dict[str, int]
    unreadable: dict[str, int]


def infer_type(name: str, values: Array, total: int | None = None) -> ColumnType:
    """What the values of a column are.

    Args:
        name: of the column.
        values: some or all of its cells.
        total: rows of the whole column.
    """
    if len(values) > MOST_LOOKED_AT:
        values = values[np.linspace(0, len(values) - 1, MOST_LOOKED_AT).astype(int)]
    if values.dtype != object:
        return _of_numbers(name, values, total or len(values))
    known = values[present(values)]
    if not len(known):
        return ColumnType.NUMBER
    first = next((text for text in known[:100] if text.strip()), "")
    as_numbers = numbers(known)
    judged = len(known) - sum(as_numbers.marks.values())
    if not judged:
        return ColumnType.CATEGORY
    if as_numbers.read >= NUMBERS_SHARE * judged and not any(is_code(text.strip()) for text in known):
        return _of_numbers(name, as_numbers.values, total or len(values))
    if any(sign.isdigit() for sign in first):
        different = sorted({text.strip() for text in known})
        if time_reader(different[:: max(1, len(different) // 200)]) is not None:
            return ColumnType.TIME
    return _of_names(known)


def _of_numbers(name: str, values: Array, total: int) -> ColumnType:
    known = values[np.isfinite(values)]
    if len(known) < FEWEST_ROWS or np.any(known[:100] != np.round(known[:100])) or np.any(known != np.round(known)):
        return ColumnType.NUMBER
    if len(np.unique(known)) < IDENTIFIER_SHARE * len(known):
        return ColumnType.NUMBER
    running = len(known) == len(values) and known.max() - known.min() < 1.01 * max(total, len(values))
    return ColumnType.IDENTIFIER if running or is_key(name) else ColumnType.NUMBER


def _of_names(known: Array) -> ColumnType:
    different = len({text.strip() for text in known})
    words = float(np.mean([len(text.split()) for text in known[:2000]]))
    if different >= IDENTIFIER_SHARE * len(known) and len(known) >= FEWEST_ROWS and words < WORDS_OF_NAMES:
        return ColumnType.IDENTIFIER
    if different > 0.5 * len(known) and (words >= WORDS_OF_NAMES and len(known) >= FEWEST_ROWS):
        return ColumnType.TEXT
    if words >= WORDS_OF_TEXT and (different > 100 or different > 0.5 * len(known)):
        return ColumnType.TEXT
    return ColumnType.CATEGORY


def converted(values: Array, kind: ColumnType) -> Converted:
    """The cells of a column as its type wants them."""
    if kind is ColumnType.NUMBER:
        return Converted(*numbers(values))
    if kind is ColumnType.TIME:
        return Converted(times(values), {}, {})
    cells, marks = names(values)
    return Converted(cells, marks, {})
