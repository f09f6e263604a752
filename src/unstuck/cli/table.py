"""A plain table: one line a row, nothing cut but its last column, and that only in a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE = 1000
"""columns of an output that is no terminal: nothing is cut for a program that reads it"""


def print_table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print it on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in names[:-1]:
        table.add_column(name, no_wrap=True, min_width=max(len(row[len(table.columns)]) for row in rows))
    table.add_column(names[-1], no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else WIDE
    Console(highlight=False, markup=False, emoji=False, width=width).print(table)
