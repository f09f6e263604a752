"""``unstuck clean``: remove runs that are kept."""

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
    keep: Annotated[int | None, typer.Option(min=0, help="Keep this many of the latest runs.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all runs.")] = False,
    dir: Annotated[Path, typer.Option(help="Where run records are kept.")] = DEFAULT,  # noqa: A002
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs that are kept."""
    if everything == (keep is not None):
        raise UsageError("Say what to remove: either `--keep N`, all but the latest N runs, or `--all`.")
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
