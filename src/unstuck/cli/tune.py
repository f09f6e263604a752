"""``unstuck tune TARGET``: search for hyper-parameters of a build function or of an unchanged script."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.options import HTML, JSON, MARKDOWN
from unstuck.cli.output_formats import Wanted
from unstuck.core.errors import UsageError
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.tune.plan import Plan


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("tune")(tune)


def tune(
    target: Annotated[
        str | None, typer.Argument(metavar="[SCRIPT | MODULE:BUILD]", help="train.py, or models:build.")
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGUMENTS...]", help="Further arguments of the script.")
    ] = None,
    module: Annotated[
        str | None, typer.Option("-m", metavar="MODULE", help="Run a module as a script, as python -m does.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SPACE",
            help="lr=1e-5..1e-1:log, layers=1..4, drop=0..0.5:step=0.1 or batch_size=16|32|64.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(help="Settings to try, those of an interrupted search included.")] = 50,
    sampler: Annotated[str, typer.Option(help="gp, tpe, random or grid.")] = "gp",
    pruner: Annotated[str, typer.Option(help="median, hyperband or none.")] = "median",
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    executions: Annotated[int, typer.Option(help="Trainings of each trial; their mean counts.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes that share the trials.")] = 1,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="For a script: a pattern of its output, 'val_acc: ([0-9.]+)'. For a module: loss or accuracy. "
            "[default: the held-out loss]",
        ),
    ] = None,
    maximize: Annotated[bool, typer.Option("--maximize", help="The objective is to be large.")] = False,
    data: Annotated[
        str | None, typer.Option(help="Data that a module is trained on: a table, or module:attribute.")
    ] = None,
    val: Annotated[str | None, typer.Option(help="Held-out data. [default: a fifth of the data]")] = None,
    label: Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="Target column of a table.")] = None,
    epochs: Annotated[int, typer.Option(help="Epochs of each training of a module.")] = 20,
    form: Annotated[
        str, typer.Option("--as", metavar="FORM", help="How a script takes an option. [default: --{name} {value}]")
    ] = "",
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Python interpreter that runs the script. [default: this one]")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Path of a journal, or postgresql://… [default: a journal in the folder]"),
    ] = None,
    study: Annotated[str | None, typer.Option(help="Name of the study. [default: by what is searched]")] = None,
    new: Annotated[bool, typer.Option("--new", help="Begin afresh where the same search was begun before.")] = False,
    per_second: Annotated[bool, typer.Option("--per-second", help="Prefer settings that are tried quickly.")] = False,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="Time after which no trial begins.")] = None,
    confirm: Annotated[
        int, typer.Option(metavar="TOP", help="Train the best TOP settings again with other seeds.")
    ] = 0,
    confirm_seeds: Annotated[int, typer.Option(metavar="N", help="Trainings of each of them.")] = 5,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Train the best module again and save its weights.")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    markdown: MARKDOWN = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no trials and no answer.")] = False,
) -> None:
    """Search for hyper-parameters. Every trial is a watched run; the same command resumes an interrupted search."""
    from unstuck.tune.libraries import check_installed

    check_installed()
    from unstuck.tune.command import Asked, plan_of
    from unstuck.tune.settings import TuneSettings

    wanted = Wanted(json=json, html=html, markdown=markdown)
    wanted.check()
    settings = TuneSettings(
        trials=trials, sampler=sampler, pruner=pruner, seed=seed, executions=executions, workers=workers,
        storage=storage, study=study, new=new, metric=metric, maximize=maximize or metric == "accuracy",
        per_second=per_second, timeout=timeout, epochs=epochs, dir=dir,
    )  # fmt: skip
    words = [*([] if target is None else [target]), *(arguments or [])]
    asked = Asked(
        words=tuple(["-m", module, *words] if module is not None else words), space=tuple(set_ or ()),
        data=data, val=val,
        target=label, form=form, python=python, save=save, confirm=confirm, confirm_seeds=confirm_seeds,
    )  # fmt: skip
    search(plan_of(asked, settings), asked.confirm, confirm_seeds, save, wanted, quiet=quiet)


def search(plan: Plan, confirm: int, seeds: int, save: Path | None, wanted: Wanted, *, quiet: bool) -> None:
    """Search, train again what won where that is asked for, and print the answer."""
    from unstuck.run import Run
    from unstuck.tune.command import afterwards, save_best
    from unstuck.tune.progress import Progress
    from unstuck.tune.record_study import best_of, command_of
    from unstuck.tune.run_study import run_study
    from unstuck.tune.uninterrupted import Terminated, terminable

    progress = Progress(None if quiet else sys.stderr, plan.settings.trials)
    then = afterwards(plan, progress, confirm, seeds)
    try:
        with terminable():
            path, found = run_study(plan, argv=sys.argv, begun=progress.begun, ended=progress, then=then)
    except (KeyboardInterrupt, Terminated):
        typer.echo(f"unstuck: interrupted; {progress.so_far()}. The same command goes on from there", err=True)
        raise
    answer = Run(path).answer()
    answer.keep()
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
        command = command_of(plan, found)
        if command:
            typer.echo(f"train with the best setting: {command}")
    for note in wanted.write(answer):
        typer.echo(f"unstuck: {note}", err=True)
    if best_of(found) is None:
        raise UsageError("No trial came to a finite value. The answer says of each why; nothing was found.")
    if save is not None:
        save_best(plan, found, save)
