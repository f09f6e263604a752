"""``unstuck explain LOS101``: the command line of `unstuck.cli.page`."""

from __future__ import annotations

from typing import Annotated

import typer

from unstuck.cli.page import print_page


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("explain")(explain)


def explain(code: Annotated[str, typer.Argument(help="A code such as LOS101, or a rule's name.")]) -> None:
    """Print the page of a rule: what it measures, why it hurts, how it decides, what to do."""
    print_page(code)
