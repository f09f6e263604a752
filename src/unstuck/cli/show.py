"""``unstuck show [RUN]``: the answer of a run that is kept, made again from its record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.conclude import colourful, write
from unstuck.cli.find import find
from unstuck.cli.notes import notes
from unstuck.record import schema
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("show")(show)


def show(
    run: Annotated[
        str | None, typer.Argument(help="Name, beginning of a name, or path; default: the latest.")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Where run records are kept.")] = DEFAULT,  # noqa: A002
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the answer as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the report here.")] = None,
    curves: Annotated[bool, typer.Option("--curves", help="Also draw the learning curves here.")] = False,
    browse: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
) -> None:
    """Print the answer of a run that is kept."""
    from unstuck.run import HTML, Run

    path = find(run, dir)
    answer = Run(path).answer()
    typer.echo(answer.text(colour=colourful()).rstrip("\n"))
    if curves:
        typer.echo(answer.curves(colour=colourful(), encoding=sys.stdout.encoding or "ascii"))
    for note in notes(answer.record.manifest):
        typer.echo(f"unstuck: {note}")
    write(answer, json, html)
    if browse:
        answer.keep()
        typer.launch(str((path / schema.DERIVED / HTML).resolve()))
