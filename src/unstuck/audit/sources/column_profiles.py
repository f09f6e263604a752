"""Profile one column while its rows are streamed; count the marks of missing values."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from unstuck.analysis.data import profile as profiles
from unstuck.analysis.data.cell_values import present
from unstuck.analysis.data.column_types import converted
from unstuck.analysis.data.sample import Array, Column
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.marks import Marks

MOST_SEEN = 10_000
"""different labels that are remembered"""
MOST_UNREADABLE = 20


class ColumnReader:
    """A column of one type: its profile, its marks, and of a target its different labels."""

    def __init__(
        self, name: str, kind: ColumnType, *, given: bool = False, hinted: bool = False, target: bool = False
    ) -> None:
        self.name = name
        self.type = kind
        self.given = given
        self.hinted = hinted
        self.target = target
        self.seen: set[object] | None = set() if target else None
        self.marks: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.state = profiles.init(kind)

    def update(self, values: Array) -> None:
        """The next cells."""
        found = converted(values, self.type)
        self.marks.update(found.marks)
        self.unreadable.update(found.unreadable)
        self.state = profiles.update(self.state, found.values)
        if self.seen is not None:
            different = np.unique(values).tolist() if values.dtype != object else set(values.tolist())
            self.seen.update(different)
            if len(self.seen) > MOST_SEEN:
                self.seen = None

    def fresh(self) -> ColumnReader:
        """The same column without values."""
        return ColumnReader(self.name, self.type, given=self.given, hinted=self.hinted, target=self.target)

    def merge(self, other: ColumnReader) -> None:
        """Add what another one saw of the same column."""
        self.marks.update(other.marks)
        self.unreadable.update(other.unreadable)
        self.state = profiles.merge(self.state, other.state)
        self.seen = None if self.seen is None or other.seen is None else self.seen | other.seen

    def profile(self, split: int) -> ColumnProfile:
        """Of all rows that were read."""
        return replace(profiles.value(self.state, self.name, split), type_given=self.given)


def as_cells(values: Array, kind: ColumnType) -> Array:
    """Cells as the type wants them."""
    return converted(values, kind).values


def marks_of(reader: ColumnReader, split: int, raw: Array, column: Column, rows: Array) -> Marks | None:
    """The marks and unreadable texts of a column; None if there are none."""
    if not reader.marks and not reader.unreadable:
        return None
    where = rows[present(raw) & column.missing][:MOST_ROWS]
    return Marks(
        split=split, column=reader.name, marks=tuple(reader.marks.most_common(MOST_UNREADABLE)),
        unreadable=tuple((text[:80], count) for text, count in reader.unreadable.most_common(MOST_UNREADABLE)),
        marked=sum(reader.marks.values()), not_numbers=sum(reader.unreadable.values()),
        rows=tuple(int(row) for row in where),
    )  # fmt: skip
