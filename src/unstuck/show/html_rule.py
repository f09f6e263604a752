"""A rule's page within the report, so that it is read where its finding is, without network."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from unstuck.core.markdown import parser

if TYPE_CHECKING:
    from unstuck.core.page import RulePage

TITLE_TOKENS = 3
"""a heading opens, has its text, and closes"""


def rule_for_page(page: RulePage | None) -> Markup | None:
    """The page as HTML; None where the rule is not known."""
    return None if page is None else _drawn(page.markdown)


@lru_cache
def _drawn(markdown: str) -> Markup:
    """Without its title, which the finding has; its sections stand below the heading of the finding."""
    tokens = parser().parse(markdown)
    if tokens and tokens[0].tag == "h1":
        del tokens[:TITLE_TOKENS]
    for token in tokens:
        if token.tag == "h2":
            token.tag = "h3"
    html = parser().renderer.render(tokens, parser().options, {})
    return Markup(html)  # noqa: S704 - HTML in the text is escaped, and links are text
