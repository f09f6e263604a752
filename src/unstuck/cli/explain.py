"""``unstuck explain LOS101``: the page of one rule."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.rules.rule import Rule


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("explain")(explain)


def explain(code: Annotated[str, typer.Argument(help="A code such as LOS101, or a rule's name.")]) -> None:
    """Print the page of a rule: what it measures, why it hurts, how it decides, what to do."""
    from unstuck.rules.registry import load

    known = load()
    by_name = {rule.name: rule for rule in known.values()}
    rule = known.get(code.upper()) or by_name.get(code.lower())
    if rule is None:
        raise UsageError(f"There is no rule {code}. {_near(code, known)}`unstuck rules` lists them all.")
    typer.echo(rule.page())


def _near(code: str, known: Mapping[str, Rule]) -> str:
    words = {**{code: code for code in known}, **{rule.name: code for code, rule in known.items()}}
    near = get_close_matches(code.upper(), words, 4, 0.5) + get_close_matches(code.lower(), words, 4, 0.5)
    named = [f"{code} ({known[code].name})" for code in dict.fromkeys(words[word] for word in near)]
    return f"Near to it: {', '.join(named)}. " if named else ""
