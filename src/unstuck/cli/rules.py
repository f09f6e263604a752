"""``unstuck rules``: the table of all rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.cli.table import print_table

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("rules")(rules)


def rules() -> None:
    """List the rules: code, name, the worst that each may say."""
    from unstuck.config.file import nearest
    from unstuck.config.plugins import known_rules

    rows = [(code, rule.name, str(rule.severity)) for code, rule in known_rules(nearest([Path.cwd()])).items()]
    print_table(("code", "name", "severity"), rows)
