"""A rule's page as plain text: Markdown without its marks, for pipes and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from markdown_it.tree import SyntaxTreeNode

from unstuck.core.markdown import parser

if TYPE_CHECKING:
    from collections.abc import Sequence

INDENT = "    "
GAP = "   "
"""between the columns of a table"""


def plain(markdown: str) -> str:
    """Headings underlined, code set in, tables in columns, no other marks."""
    return _blocks(SyntaxTreeNode(parser().parse(markdown))) + "\n"


def _blocks(node: SyntaxTreeNode, gap: str = "\n\n") -> str:
    return gap.join(_block(child) for child in node.children)


def _block(node: SyntaxTreeNode) -> str:
    """One block without an end of line."""
    match node.type:
        case "heading":
            title = _inline(node)
            return f"{title}\n{('=' if node.tag == 'h1' else '-') * len(title)}"
        case "fence" | "code_block":
            return _set_in(node.content.rstrip("\n"), INDENT, INDENT)
        case "bullet_list" | "ordered_list":
            return "\n".join(_items(node))
        case "blockquote":
            return _set_in(_blocks(node), INDENT, INDENT)
        case "table":
            return "\n".join(_columns([[_inline(cell) for cell in row.children] for row in _rows(node)]))
        case "hr":
            return "---"
        case _:
            return _inline(node)


def _items(node: SyntaxTreeNode) -> Iterator[str]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for number, item in enumerate(node.children):
        mark = "- " if first is None else f"{first + number}. "
        tight = all(child.hidden for child in item.children if child.type == "paragraph")
        yield _set_in(_blocks(item, "\n" if tight else "\n\n"), mark, " " * len(mark))


def _set_in(text: str, first: str, rest: str) -> str:
    """Every line that is not empty behind a margin."""
    lines = text.split("\n")
    return "\n".join((rest if at else first) + line if line else "" for at, line in enumerate(lines))


def _rows(node: SyntaxTreeNode) -> Iterable[SyntaxTreeNode]:
    return (row for part in node.children for row in part.children)


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _inline(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    return "".join(_inline(child) for child in node.children)
