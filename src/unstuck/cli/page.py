"""The page of one rule, found by its code or its name."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.cli.plain_text import plain
from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.view import View
    from unstuck.rules.rule import Rule


WIDEST = 100
"""columns: longer lines are hard to read"""


def print_page(code: str) -> None:
    """Print it; where there is no such rule, name those that are near."""
    from unstuck.config.file import nearest
    from unstuck.config.plugins import known_rules

    known = known_rules(nearest([Path.cwd()]))
    by_name = {rule.name: rule for rule in known.values()}
    rule = known.get(code.upper()) or by_name.get(code.lower())
    if rule is None:
        raise UsageError(f"There is no rule {code}. {_near(code, known)}`unstuck rules` lists them all.")
    page = rule.page({code: rule.name for code, rule in known.items()})
    if sys.stdout.isatty():
        _render(page)
    else:
        sys.stdout.write(plain(page))


def _render(page: str) -> None:
    """On a terminal: headings, code and tables as such."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(page, hyperlinks=False), width=min(console.width, WIDEST))


def _near(code: str, known: Mapping[str, type[Rule[View]]]) -> str:
    words = {**{code: code for code in known}, **{rule.name: code for code, rule in known.items()}}
    near = get_close_matches(code.upper(), words, 4, 0.5) + get_close_matches(code.lower(), words, 4, 0.5)
    named = [f"{code} ({known[code].name})" for code in dict.fromkeys(words[word] for word in near)]
    return f"Near to it: {', '.join(named)}. " if named else ""
