"""A copy of a table in a file with rows dropped and values changed; whatever is not changed stays byte for byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from unstuck.audit.clean_changes import Action, CleanChange

if TYPE_CHECKING:
    from pathlib import Path

    from unstuck.analysis.data.view import DatasetView

DELIMITED, LINES = (".csv", ".tsv", ".txt", ".data"), (".jsonl", ".ndjson")
DELIMITERS = (",", ";", "\t", "|")

Raw = tuple[str, list[str]]
"""a record as it stands in the file, and its cells"""


def write_copy(view: DatasetView, changes: Sequence[CleanChange], source: Path, target: Path) -> str:
    """Write the copy; why there is none, or "".

    Args:
        view: the split.
        changes: to make.
        source: its file, which stays as it is.
        target: a new file.
    """
    if not source.is_file():
        return f"{view.split.source or 'its source'} is no table in a file"
    if source.suffix.lower() in DELIMITED:
        return _delimited(view, changes, source, target)
    if source.suffix.lower() in LINES:
        return _lines(view, changes, source, target)
    if source.suffix.lower() == ".parquet":
        return _parquet(view, changes, source, target)
    return f"{source.suffix or source.name} files are not written"


def _dropped(changes: Sequence[CleanChange]) -> set[int]:
    return {change.row for change in changes if change.action is Action.DROP and change.row is not None}


def _values(changes: Sequence[CleanChange], target: str) -> dict[int | None, list[CleanChange]]:
    """Changes of single values by their row (None: every row), those of labels with the target's column."""
    by_row: dict[int | None, list[CleanChange]] = {}
    for change in changes:
        if change.action in (Action.RELABEL, Action.BLANK) and (change.column or target):
            by_row.setdefault(change.row, []).append(change)
    return by_row


def _delimited(view: DatasetView, changes: Sequence[CleanChange], source: Path, target: Path) -> str:
    try:
        text = source.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return f"{source.name} is not UTF-8"
    width = len(view.columns)
    delimiter = next((one for one in DELIMITERS if len(_first(text, one)) == width), None)
    if delimiter is None:
        return f"no record of {source.name} has {width} cells"
    records = [record for record in _records(text, delimiter) if record[1]]
    before = len(records) - view.split.rows
    if before not in (0, 1):
        return f"{source.name} has {len(records)} records for {view.split.rows} rows"
    names = records[0][1] if before else [column.name for column in view.columns]
    dropped, values = _dropped(changes), _values(changes, view.split.target or "")
    with target.open("x", encoding="utf-8", newline="") as file:
        file.writelines(raw for raw, _ in records[:before])
        for row, (raw, cells) in enumerate(records[before:]):
            if row in dropped:
                continue
            wanted = [*values.get(None, ()), *values.get(row, ())]
            file.write(_changed(raw, cells, names, wanted, view.split.target or "", delimiter) if wanted else raw)
    return ""


def _first(text: str, delimiter: str) -> list[str]:
    return next((cells for _, cells in _records(text, delimiter) if cells), [])


def _records(text: str, delimiter: str) -> Iterator[Raw]:
    """Each record with the text that it was read from: one that is not changed is written as it was."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in csv.reader(lines(), delimiter=delimiter):
        yield "".join(taken), cells
        taken.clear()


def _changed(
    raw: str, cells: list[str], names: list[str], wanted: Sequence[CleanChange], target: str, delimiter: str
) -> str:
    made = list(cells)
    for change in wanted:
        column = change.column or target
        at = next((at for at, name in enumerate(names) if name.strip() == column), None)
        if at is None or at >= len(made):
            continue
        if change.action is Action.RELABEL or _same(made[at], change.before):
            made[at] = change.after
    if made == cells:
        return raw
    out = io.StringIO()
    ending = "\r\n" if raw.endswith("\r\n") else "\n" if raw.endswith("\n") else ""
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerow(made)
    return out.getvalue()


def _same(cell: str, value: str) -> bool:
    """Whether a cell holds a value, as text or as a number: ``0`` is ``0.0``."""
    if cell.strip() == value:
        return True
    try:
        return float(cell) == float(value)
    except ValueError:
        return False


def _lines(view: DatasetView, changes: Sequence[CleanChange], source: Path, target: Path) -> str:
    records = [line for line in source.read_text(encoding="utf-8").splitlines(keepends=True) if line.strip()]
    if len(records) != view.split.rows:
        return f"{source.name} has {len(records)} records for {view.split.rows} rows"
    dropped, values = _dropped(changes), _values(changes, view.split.target or "")
    with target.open("x", encoding="utf-8", newline="") as file:
        for row, raw in enumerate(records):
            if row not in dropped:
                wanted = [*values.get(None, ()), *values.get(row, ())]
                file.write(_changed_object(raw, wanted, view.split.target or "") if wanted else raw)
    return ""


def _changed_object(raw: str, wanted: Sequence[CleanChange], target: str) -> str:
    made: dict[str, object] = json.loads(raw)
    before = dict(made)
    for change in wanted:
        column = change.column or target
        if column not in made:
            continue
        if change.action is Action.RELABEL:
            made[column] = _like(made[column], change.after)
        elif _same(str(made[column]), change.before):
            made[column] = None
    return raw if made == before else json.dumps(made, ensure_ascii=False) + "\n"


def _like(value: object, text: str) -> str | int | float:
    """The text as the type that the value has."""
    if isinstance(value, bool):
        return text == str(True)
    if isinstance(value, int | float):
        return type(value)(float(text))
    return text


def _parquet(view: DatasetView, changes: Sequence[CleanChange], source: Path, target: Path) -> str:
    import polars

    frame = polars.read_parquet(source)
    if frame.height != view.split.rows:
        return f"{source.name} has {frame.height} rows, and {view.split.rows} were audited"
    values: Mapping[int | None, list[CleanChange]] = _values(changes, view.split.target or "")
    for change in (change for row in values for change in values[row]):
        column = change.column or view.split.target or ""
        if column not in frame.columns:
            continue
        held = frame[column]
        if change.row is not None:
            frame = frame.with_columns(held.scatter(change.row, _like(held[change.row], change.after)))
        else:
            kept = [None if value is not None and _same(str(value), change.before) else value for value in held]
            frame = frame.with_columns(polars.Series(column, kept, dtype=held.dtype))
    dropped = _dropped(changes)
    keep = [row not in dropped for row in range(frame.height)]
    frame.filter(polars.Series(keep, dtype=polars.Boolean)).write_parquet(target)
    return ""
