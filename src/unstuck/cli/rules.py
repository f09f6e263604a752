"""``unstuck rules``: the table of all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("rules")(rules)


def rules() -> None:
    """List the rules: code, name, the worst that each may say."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from unstuck.rules.registry import load

    table = Table("code", "name", "severity", box=box.SIMPLE_HEAD, pad_edge=False)
    for code, rule in sorted(load().items()):
        table.add_row(code, rule.name, str(rule.severity))
    Console(highlight=False, markup=False, emoji=False).print(table)
