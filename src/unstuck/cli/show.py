"""``unstuck show [RECORD]``: the answer, made again from the record of a run or a data set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.conclude import colourful
from unstuck.cli.find import find
from unstuck.cli.notes import notes
from unstuck.cli.options import HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT, TENSORBOARD
from unstuck.cli.output_formats import MADE, Form, Wanted
from unstuck.config.load import Overrides
from unstuck.record import schema
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("show")(show)


def show(
    run: Annotated[
        str | None, typer.Argument(help="Name, beginning of a name, or path of a record. [default: the latest]")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Folder of the run records.")] = DEFAULT,  # noqa: A002
    form: Annotated[Form, typer.Option("--format", help="Format on standard output.")] = Form.TEXT,
    curves: Annotated[bool, typer.Option("--curves", help="Also draw the learning curves (text format only).")] = False,
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    tensorboard: TENSORBOARD = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    browse: Annotated[bool, typer.Option("--open", help="Open the HTML report in the browser.")] = False,
) -> None:
    """Print the answer of a recorded run."""
    from unstuck.run import HTML as PAGE
    from unstuck.run import Run

    path = find(run, dir)
    answer = Run(path, Overrides.of(select, ignore)).answer()
    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, tensorboard=tensorboard)
    typer.echo(answer.text(colour=colourful()) if form is Form.TEXT else MADE[form](answer), nl=False)
    if curves and form is Form.TEXT:
        typer.echo(answer.curves(colour=colourful(), encoding=sys.stdout.encoding or "ascii"))
    for note in (*notes(answer.record.manifest), *wanted.write(answer)):
        typer.echo(f"unstuck: {note}", err=form is not Form.TEXT)
    if browse:
        answer.keep()
        typer.launch(str((path / schema.DERIVED / PAGE).resolve()))
