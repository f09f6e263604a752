"""The human error, from labels that a person gave."""

from __future__ import annotations

import csv
from pathlib import Path

from unstuck.analysis.data.sample import Sample
from unstuck.core.errors import UsageError

ROW, LABEL = "row", "label"


def human_error(path: Path, sample: Sample) -> tuple[float, int]:
    """The share of annotated examples whose label differs from that of the data, and how many there are.

    Args:
        path: a table with the columns ``row`` (position in the split) and ``label``; others are ignored.
        sample: the training split.

    Raises:
        UsageError: the table cannot be used.
    """
    target = sample.target
    if target is None or target.codes is None:
        raise UsageError("The human error can be worked out for one class an example only. Give it with --human-error.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"The annotations {path} cannot be read: {error}.") from error
    if not table or ROW not in table[0] or LABEL not in table[0]:
        raise UsageError(f"The annotations {path} need the columns `{ROW}` and `{LABEL}`.")
    by_row = {int(row): int(code) for row, code in zip(sample.rows, target.codes, strict=True) if code >= 0}
    compared = wrong = 0
    for line in table:
        given = (line[LABEL] or "").strip()
        if not given:
            continue
        if not (line[ROW] or "").strip().isdigit():
            raise UsageError(f"The annotations {path} have no row number in the column `{ROW}`: {line[ROW]!r}.")
        code = by_row.get(int(line[ROW]))
        if code is not None:
            compared += 1
            wrong += target.classes[code] != given
    if not compared:
        raise UsageError(f"The annotations {path} hold no label of a row of {sample.name}.")
    return wrong / compared, compared
