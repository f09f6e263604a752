"""``unstuck baseline DATA --target y``: what simple models reach, and so what a network must beat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.audit import typed
from unstuck.cli.options import HTML, JSON, MARKDOWN
from unstuck.cli.output_formats import Wanted
from unstuck.cli.progress_bar import ProgressBar
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.watch.directory import DEFAULT


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("baseline")(baseline)


def baseline(
    data: Annotated[
        str,
        typer.Argument(help="A file, a folder of images or texts, or `module:attribute` of a data set or a loader."),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Target column: name, or position (1 first, -1 last). May be repeated."),
    ] = None,
    val: Annotated[str | None, typer.Option(metavar="DATA", help="Validation data in the same form.")] = None,
    test: Annotated[str | None, typer.Option(metavar="DATA", help="Test data in the same form.")] = None,
    task: Annotated[Task | None, typer.Option(help="What is to be predicted. [default: inferred]")] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="COLUMN=TYPE", help=f"Type of a column: {', '.join(ColumnType)}."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="No group is in both parts of a fold.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Every fold is predicted from earlier rows.")
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Text tables begin with column names. [default: inferred]"),
    ] = None,
    form: Annotated[Form | None, typer.Option(help="What one example is. [default: inferred]")] = None,
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
    rows: Annotated[int, typer.Option(min=10, help="Rows of a split to use, drawn at random.")] = 20_000,
    seconds: Annotated[float, typer.Option(min=1.0, help="Time; a model that would take longer is skipped.")] = 120.0,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    markdown: MARKDOWN = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Evaluate simple models on a data set: the number that a network must beat."""
    from unstuck.audit.settings import AuditSettings
    from unstuck.baseline.produce import produce
    from unstuck.baseline.settings import BaselineSettings
    from unstuck.run import Run

    wanted = Wanted(json=json, html=html, markdown=markdown)
    wanted.check()
    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=dict(typed(text) for text in types or ()), group=group, time=time,
        header=header, form=form, seed=seed,
    )  # fmt: skip
    settings = BaselineSettings(
        metric=metric, folds=folds, human_error=human_error, annotations=annotations, scalers=scalers, rows=rows,
        seconds=seconds, seed=seed,
    )  # fmt: skip
    given = {name: source for name, source in {"train": data, "val": val, "test": test}.items() if source is not None}
    with ProgressBar() as progress:
        answer = Run(produce(given, reading, settings, dir, argv=sys.argv, progress=progress)).answer()
    answer.keep()
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
    for note in wanted.write(answer):
        typer.echo(f"unstuck: {note}", err=True)
