"""Frames of pandas, polars, PyArrow and whatever narwhals reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from unstuck.audit.sources.cells import Cells, cells
from unstuck.audit.sources.optional import need
from unstuck.audit.sources.polars_tables import PolarsTable
from unstuck.core.data_types import ColumnType
from unstuck.core.errors import UsageError

BATCH_ROWS = 1 << 16


def is_frame(given: object) -> bool:
    """Whether narwhals reads it as a frame."""
    if not any(hasattr(type(given), name) for name in ("columns", "column_names", "collect_schema")):
        return False
    narwhals = need("narwhals", f"Reading a {type(given).__name__}")
    native = narwhals.from_native(given, pass_through=True)
    return isinstance(native, (narwhals.DataFrame, narwhals.LazyFrame))


def frame_table(given: Any, source: str) -> FrameTable | PolarsTable:
    """A frame as a table."""
    narwhals = need("narwhals", f"Reading a {type(given).__name__}")
    native = narwhals.from_native(given)
    if isinstance(native, narwhals.LazyFrame):
        if type(given).__module__.startswith("polars"):
            return PolarsTable(given, source)
        native = native.collect()
    return FrameTable(native, source)


class FrameTable:
    """A frame in memory, as narwhals shows it."""

    def __init__(self, frame: Any, source: str) -> None:
        self.source, self.named = source, True
        self.notes: list[str] = []
        self._frame = frame
        self._series = [frame[:, at] for at in range(frame.shape[1])]
        self.names = tuple(str(name) for name in frame.columns)
        if not self.names:
            raise UsageError(f"{source} has no columns.")
        self._done = 0

    def share(self) -> float:
        """Of the rows."""
        return min(1.0, self._done / max(1, len(self._frame)))

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """Some rows at a time."""
        for at in range(0, len(self._frame), BATCH_ROWS):
            self._done = at + BATCH_ROWS
            yield [of_series(self._series[column][at : at + BATCH_ROWS], self.source) for column in columns]


def of_series(series: Any, source: str) -> Cells:
    """A column of narwhals as cells."""
    narwhals = need("narwhals", source)
    where = f"{source}, column {series.name},"
    if series.dtype in (narwhals.Categorical, narwhals.Enum):
        made = np.empty(len(series), dtype=object)
        made[:] = series.to_list()
        return cells(made, where)._replace(hint=ColumnType.CATEGORY) if made.size else Cells(made)
    if series.dtype in (narwhals.Date, narwhals.String, narwhals.Object, narwhals.Unknown, narwhals.Boolean):
        made = np.empty(len(series), dtype=object)
        made[:] = series.to_list()
        return cells(made, where)
    if series.dtype == narwhals.Datetime and getattr(series.dtype, "time_zone", None):
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return cells(np.asarray(series.to_numpy()), where)
