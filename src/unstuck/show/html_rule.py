"""A rule's page within the report, so that it is read where its finding is, without network."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from unstuck.core.page import RulePage

HEAD = re.compile(r"\A# .*\n+")
SECTION = re.compile(r"^## ", re.MULTILINE)
"""the page's sections stand below the heading of the finding"""


def rule_for_page(page: RulePage | None) -> Markup | None:
    """The page as HTML; None where the rule is not known."""
    return None if page is None else _drawn(page.markdown)


@lru_cache
def _drawn(markdown: str) -> Markup:
    text = SECTION.sub("### ", HEAD.sub("", markdown))
    return Markup(_markdown().render(text))  # noqa: S704 - HTML in the text is escaped, and links are text


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """Common Markdown with tables; nothing in it leaves the page."""
    leaves = ["link", "image", "autolink", "html_inline"]
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(leaves)
