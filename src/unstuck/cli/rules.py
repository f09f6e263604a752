"""``unstuck rules``: the table of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.cli.table import print_table

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("rules")(rules)


def rules() -> None:
    """List the rules: code, name, the worst that each may say."""
    from unstuck.rules.registry import load

    rows = [(code, rule.name, str(rule.severity)) for code, rule in sorted(load().items())]
    print_table(("code", "name", "severity"), rows)
