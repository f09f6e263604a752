"""A rule's page as plain text: Markdown without its marks, for pipes and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INDENT = "    "
_MARKS = re.compile(r"`([^`]*)`|\*\*([^*]+)\*\*|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")
"""code, bold, italic"""


def plain(markdown: str) -> str:
    """Headings underlined, code set in, tables in columns, no other marks."""
    return "\n".join(_lines(markdown.split("\n"))).rstrip("\n") + "\n"


def _lines(lines: Sequence[str]) -> Iterator[str]:
    code = False
    table: list[list[str]] = []
    for line in [*lines, ""]:
        if table and not line.startswith("|"):
            yield from _columns(table)
            table = []
        if line.startswith("```"):
            code = not code
        elif code:
            yield INDENT + line if line else ""
        elif line.startswith("|"):
            table.append([_bare(cell.strip()) for cell in line.strip("|").split("|")])
        elif line.startswith("#"):
            title = _bare(line.lstrip("# "))
            yield title
            yield ("=" if line.startswith("# ") else "-") * len(title)
        else:
            yield _bare(line)


def _bare(text: str) -> str:
    return _MARKS.sub(lambda found: next(part for part in found.groups() if part is not None), text)


def _columns(table: Sequence[Sequence[str]]) -> Iterator[str]:
    rows = [row for row in table if not all(set(cell) <= set("-: ") for cell in row)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
