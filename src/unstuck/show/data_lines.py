"""The line of a text file that holds a row of a split, where that is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.view import datasets

if TYPE_CHECKING:
    from unstuck.record.events.data.splits import Split
    from unstuck.record.reader import Record
    from unstuck.show.source import Sources

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
LARGEST_FILE = 64 * 2**20
"""bytes of a file whose lines are counted"""


def lines_before(record: Record, sources: Sources) -> dict[str, int]:
    """File of each split that has one line for each row → the lines before its first row; worked out once."""
    if lines_before not in record.facts:
        splits = [view.split for view in datasets(record)]
        found = {split.source: _lines_before(split, sources) for split in splits if split.source}
        record.facts[lines_before] = {file: number for file, number in found.items() if number is not None}
    known: dict[str, int] = record.facts[lines_before]
    return known


def line_of(record: Record, sources: Sources, file: str | None, row: int | None) -> int | None:
    """The line of a row, from 1; None where a row may span lines, or the file is gone, changed or no text."""
    before = lines_before(record, sources).get(file or "")
    return None if before is None or row is None else before + row + 1


def _lines_before(split: Split, sources: Sources) -> int | None:
    path = sources.directory / split.source
    if path.suffix.lower() not in TABLES or not path.is_file() or path.stat().st_size > LARGEST_FILE:
        return None
    text = sources.text(split.source)
    if text is None:
        return None
    number = sum(1 for line in text.splitlines() if line.strip())
    before = number - split.rows
    return before if before in (0, 1) and not text.startswith("\n") else None
