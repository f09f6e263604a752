"""A table of metadata: one row for each example, to describe slices by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.measure import silent
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from unstuck.analysis.data.sample import Array, Column


def metadata(path: Path, positions: Array, rows: int) -> tuple[Column, ...]:
    """The columns, of the examples at these positions.

    Args:
        path: of the table.
        positions: (n,) of the examples in the split.
        rows: of the split.

    Raises:
        UsageError: it is no table, or has another number of rows.
    """
    (loaded,) = read({"meta": str(path)}, AuditSettings(form=Form.TABLE, rows=max(2, rows)), silent)
    if loaded.split.rows != rows:
        raise UsageError(
            f"{path} has {loaded.split.rows} rows, and the data has {rows} examples. Each example needs one row, in "
            "the same order."
        )
    return tuple(replace(column, values=np.asarray(column.values)[positions]) for column in loaded.sample.columns)
