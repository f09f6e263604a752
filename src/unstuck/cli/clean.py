"""``unstuck clean``: remove recorded runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.find import kept
from unstuck.core.errors import UsageError
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("clean")(clean)


def clean(
    keep: Annotated[int | None, typer.Option(min=0, help="Number of latest runs to keep.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all runs.")] = False,
    dir: Annotated[Path, typer.Option(help="Folder of the run records.")] = DEFAULT,  # noqa: A002
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove recorded runs."""
    if everything == (keep is not None):
        raise UsageError("Give `--keep N` (remove all but the latest N runs) or `--all`.")
    runs = kept(dir)
    doomed = runs if everything else runs[: max(0, len(runs) - (keep or 0))]
    if not doomed:
        typer.echo(f"There is nothing to remove: {dir} has {len(runs)} runs.")
        return
    if not yes:
        typer.confirm(f"Remove {len(doomed)} of {len(runs)} runs in {dir}?", abort=True)
    for path in doomed:
        shutil.rmtree(path)
    typer.echo(f"Removed {len(doomed)} of {len(runs)} runs.")
