"""``unstuck verify [RUN]``: a diagnosis is an opinion until the remedy was tried."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.conclude import annotate
from unstuck.cli.experiments import end_as_asked, try_remedies
from unstuck.cli.find import find
from unstuck.cli.forms import Wanted
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT
from unstuck.cli.patch import check_patch, write_patch
from unstuck.config.load import Overrides
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("verify")(verify)


BUDGET = Annotated[
    float | None,
    typer.Option("--budget", min=1.0, metavar="SECONDS", help="Default: as long as the run, at most two minutes."),
]
WORKERS = Annotated[int | None, typer.Option(min=1, help="Branches at a time; default: one for each core, at most 4.")]
PATCH = Annotated[
    Path | None,
    typer.Option("--write-patch", metavar="FILE", help="Write what was proved as a diff; your script is not touched."),
]
DIR = Annotated[Path, typer.Option(help="Where run records are kept.")]


def verify(
    run: Annotated[str | None, typer.Argument(help="A run's name, its directory, or nothing for the last.")] = None,
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
    """Try the remedies of a recorded run, each as a controlled experiment on the run itself."""
    check_patch(patch)
    overrides = Overrides.of(select, ignore)
    answer = try_remedies(find(run, dir), budget=budget, workers=workers, overrides=overrides)
    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, github=github)
    wanted.write(answer)
    sys.stdout.write(answer.text(colour=sys.stdout.isatty()))
    write_patch(answer, patch)
    annotate(answer, wanted)
    end_as_asked(answer)
