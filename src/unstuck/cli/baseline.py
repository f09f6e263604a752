"""``unstuck baseline DATA --target y``: what simple models reach, and so what a network must beat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.audit.settings import AuditSettings
from unstuck.audit.splits import splits_of
from unstuck.baseline.settings import BaselineSettings
from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TEST, TYPES, VAL, typed
from unstuck.cli.options import HTML, JSON, MARKDOWN
from unstuck.cli.output_formats import Wanted
from unstuck.cli.progress_bar import ProgressBar
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("baseline")(baseline)


def baseline(
    data: DATA,
    target: TARGET = None,
    val: VAL = None,
    test: TEST = None,
    task: TASK = None,
    types: TYPES = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="No group is in both parts of a fold.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Every fold is predicted from earlier rows.")
    ] = None,
    header: HEADER = None,
    form: FORM = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Metric that decides: accuracy, balanced_accuracy, f1, average_precision, r2, rmse, mae. "
            "[default: by the task]",
        ),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Folds of the cross-validation. [default: 10 below 1,000 rows, else 5]")
    ] = None,
    human_error: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Share of examples that a person gets wrong.")
    ] = None,
    annotations: Annotated[
        Path | None, typer.Option(help="Labels that a person gave, as the report of an audit saves them.")
    ] = None,
    scalers: Annotated[
        bool, typer.Option("--scalers", help="Also compare nine scalers with eight models.")
    ] = False,
    rows: Annotated[int, typer.Option(min=10, help="Rows of a split to use, drawn at random.")] = (
        BaselineSettings.rows
    ),
    seconds: Annotated[float, typer.Option(min=1.0, help="Time; a model that would take longer is skipped.")] = (
        BaselineSettings.seconds
    ),
    seed: SEED = BaselineSettings.seed,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    markdown: MARKDOWN = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Evaluate simple models on a data set: the number that a network must beat."""
    from unstuck.baseline.produce import produce
    from unstuck.run import Run

    wanted = Wanted(json=json, html=html, markdown=markdown)
    wanted.check()
    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), group=group, time=time,
        header=header, form=form, seed=seed,
    )  # fmt: skip
    settings = BaselineSettings(
        metric=metric, folds=folds, human_error=human_error, annotations=annotations, scalers=scalers, rows=rows,
        seconds=seconds, seed=seed,
    )  # fmt: skip
    given = splits_of(data, val, test)
    with ProgressBar() as progress:
        answer = Run(produce(given, reading, settings, dir, argv=sys.argv, progress=progress)).answer()
    answer.keep()
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
    for note in wanted.write(answer):
        typer.echo(f"unstuck: {note}", err=True)
