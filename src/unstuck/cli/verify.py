"""``unstuck verify [RUN]``: test the remedies of a run by experiment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.conclude import annotate
from unstuck.cli.experiments import end_as_asked, try_remedies
from unstuck.cli.find import find
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT
from unstuck.cli.output_formats import Wanted
from unstuck.cli.patch import check_patch, write_patch
from unstuck.config.load import Overrides
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("verify")(verify)


BUDGET = Annotated[
    float | None,
    typer.Option(
        "--budget", min=1.0, metavar="SECONDS", help="Time for all experiments. [default: the run time, at most 120]"
    ),
]
WORKERS = Annotated[
    int | None,
    typer.Option(min=1, help="Number of experiments at a time. [default: the number of cores, at most 4]"),
]
PATCH = Annotated[
    Path | None,
    typer.Option(
        "--write-patch", metavar="FILE", help="Write the proved changes as a diff; the script is not changed."
    ),
]
DIR = Annotated[Path, typer.Option(help="Folder of the run records.")]


def verify(
    run: Annotated[
        str | None, typer.Argument(help="Name, beginning of a name, or path of a run. [default: the latest]")
    ] = None,
    budget: BUDGET = None,
    workers: WORKERS = None,
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    github: GITHUB = None,
    patch: PATCH = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    dir: DIR = DEFAULT,  # noqa: A002
) -> None:
    """Test the remedies of a recorded run in controlled experiments."""
    check_patch(patch)
    overrides = Overrides.of(select, ignore)
    answer = try_remedies(find(run, dir), budget=budget, workers=workers, overrides=overrides)
    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, github=github)
    wanted.write(answer)
    sys.stdout.write(answer.text(colour=sys.stdout.isatty()))
    write_patch(answer, patch)
    annotate(answer, wanted)
    end_as_asked(answer)
