"""Text in Markdown that stays the text that it was: nothing of it becomes a link, a tag, emphasis or a table's edge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unstuck.core.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "\\\\", "`": "\\`", "*": "\\*", "|": "\\|", "$": "\\$"}
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""an underscore within a word, as in cross_entropy, means nothing to Markdown"""
_BLOCK = re.compile(r"^(?:(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|={1,}$|-{2,}$|~~~)|(\d+)(?=[.)](?:\s|$)))")
"""what would begin a list, a heading or a fence at the beginning of a line"""


def plain(text: str) -> str:
    """A text as one line of running text."""
    line = " ".join(clean(text).split())
    line = "".join(_SIGNS.get(sign, sign) for sign in line)
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    line = re.sub(r"\](?=[(\[:])", r"\\]", line).replace("~~", "\\~~")
    return _BLOCK.sub(lambda match: f"{match[1] or ''}\\", line)


def code(text: str) -> str:
    """A text as a code span, backticks in it or not."""
    line = " ".join(clean(text).split("\n"))
    fence = "`" * (_longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str, language: str = "") -> Iterator[str]:
    """Lines of a fenced block, whose fence is longer than any in the text."""
    fence = "`" * max(3, _longest(text) + 1)
    yield f"{fence}{language}"
    yield from clean(text.strip("\n")).split("\n")
    yield fence


def _longest(text: str) -> int:
    """The longest run of backticks."""
    return max((len(run) for run in re.findall("`+", text)), default=0)


def exact(value: float) -> str:
    """Six significant digits, as a program writes them."""
    return f"{value:.6g}".replace("inf", "Infinity").replace("nan", "NaN")
