"""What only the answer of a preflight has in the terminal: a line for each question, and the table of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from unstuck.analysis.probe.view import probe_views
from unstuck.core.words import clean, count
from unstuck.record.manifest import RecordKind
from unstuck.show.probe_words import layer_table, notes_of, probe_lines
from unstuck.show.terminal_finding import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from unstuck.record.reader import Record

MOST_LAYERS = 30
"""rows of the table; of a longer one the first and last ones are shown"""
TEXT_COLUMNS = 4


def probe_block(record: Record, console: Console) -> Iterator[RenderableType]:
    """Lines and table of a probe record; nothing for other records."""
    if record.manifest.kind is not RecordKind.PROBE:
        return
    for view in probe_views(record):
        lines = probe_lines(view)
        width = max((len(name) for name, _ in lines), default=0)
        for name, text in lines:
            yield hanging(Text.assemble((f"{name.ljust(width)}  ", "bold"), clean(text)), console)
        for note in notes_of(view):
            yield hanging(Text(f"note: {clean(note)}", style="dim"), console)
        table = layer_table(view)
        if table is not None:
            yield ""
            yield _table(table.head, table.rows)


def _table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="dim")
    for at, name in enumerate(head):
        drawn.add_column(name, justify="left" if at < TEXT_COLUMNS else "right", overflow="fold")
    body, total = rows[:-1], rows[-1]
    if len(body) > MOST_LAYERS:
        half = MOST_LAYERS // 2
        between = (f"… {count(len(body) - 2 * half, 'more layer')}", *("" for _ in head[1:]))
        body = (*body[:half], between, *body[-half:])
    for row in body:
        drawn.add_row(*map(clean, row))
    drawn.add_row(*total, style="bold")
    return drawn
