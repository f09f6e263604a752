"""Markdown, read by one parser and written by one function: pages of rules, for every reader of them."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Sections(NamedTuple):
    """A page cut at its headings of the second level."""

    lead: str
    """what stands above the first"""
    named: Mapping[str, str]
    """title → body, in order"""


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """CommonMark with tables; HTML is text. Links and images are text as well: nothing in a page leaves it."""
    leaves = ["link", "image", "autolink", "html_inline", "html_block"]
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(leaves)


def sections(markdown: str) -> Sections:
    """The page cut at ``## title``; what looks like a heading inside a block of code is code."""
    lines = markdown.splitlines()
    tokens = parser().parse(markdown)
    heads = [
        (at.map, title.content)
        for at, title in pairwise(tokens)
        if at.type == "heading_open" and at.tag == "h2" and at.level == 0 and at.map is not None
    ]
    ends = [span[0] for span, _ in heads[1:]] + [len(lines)] * bool(heads)
    named = {
        title: "\n".join(lines[span[1] : end]).strip() for (span, title), end in zip(heads, ends, strict=True)
    }
    first = heads[0][0][0] if heads else len(lines)
    return Sections("\n".join(lines[:first]).strip(), named)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> Iterator[str]:
    """Lines of a table; its last ``numbers`` columns stand right.

    Cells are Markdown already; a bar in one is escaped, for it ends a cell even within a code span.
    """
    edges = ["---"] * (len(head) - numbers) + ["--:"] * numbers
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(edges)}|"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split("\n")))
