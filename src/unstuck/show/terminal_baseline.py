"""What simple models reach, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from unstuck.core.words import clean
from unstuck.show.baseline_of_run import baseline_of_run, in_words
from unstuck.show.baseline_tables import baseline_tables
from unstuck.show.model_tables import model_tables
from unstuck.show.study_tables import study_tables
from unstuck.show.terminal_finding import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from unstuck.record.reader import Record
    from unstuck.show.facts_table import FactsTable

GAP = "  "
SKIPPED = "skipped: "
LONG = 2
"""columns of a table whose cells are sentences"""


def baseline_blocks(record: Record, console: Console) -> Iterator[Text | str]:
    """The tables of a baseline record, a study or a model; nothing for any other record."""
    for table in (*baseline_tables(record), *study_tables(record), *model_tables(record, brief=True)):
        yield ""
        yield Text(clean(table.title), style="bold")
        yield from _sentences(table, console) if len(table.head) == LONG else _columns(table, console)


def baseline_line(record: Record, console: Console) -> Iterator[Text]:
    """The number to beat, below the answer of a run whose data has a baseline."""
    found = baseline_of_run(record)
    if found is not None:
        yield hanging(Text(f"baseline: {clean(in_words(found))}", style="dim"), console)


def _sentences(table: FactsTable, console: Console) -> Iterator[Text]:
    for name, text in table.rows:
        yield hanging(Text.assemble((f"{clean(name)}: ", "dim"), clean(text)), console)


def _columns(table: FactsTable, console: Console) -> Iterator[Text]:
    """Every column as wide as its longest cell; the last columns are left out where the terminal is too narrow."""
    whole = [row for row in table.rows if not row[-1].startswith(SKIPPED)]
    cells = [[clean(cell) for cell in row] for row in (table.head, *whole)]
    wide = [max(len(row[at]) for row in cells) for at in range(len(table.head))]
    while len(wide) > LONG and sum(wide) + len(GAP) * (len(wide) - 1) > console.width:
        wide.pop()
    for number, line in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(line, wide, strict=False)]
        yield Text(GAP.join(padded).rstrip(), style="dim" if number == 0 else "")
    for row in table.rows:
        if row[-1].startswith(SKIPPED):
            yield hanging(Text(f"{clean(row[0])}  {clean(row[-1])}"), console)
