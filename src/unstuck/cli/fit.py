"""``unstuck fit DATA --target y --goal "f1>=0.9"``: from data and a goal to a model that works."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TEST, TYPES, typed
from unstuck.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from unstuck.audit.settings import AuditSettings
    from unstuck.fit.settings import FitSettings


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("fit")(fit)


def fit(
    data: DATA,
    target: TARGET = None,
    goal: Annotated[
        str, typer.Option(help='Such as "recall>=0.9 @ precision>=0.5". [default: as good as possible]')
    ] = "",
    test: TEST = None,
    budget: Annotated[str, typer.Option(metavar="TIME", help="Such as 90s, 20m or 1h.")] = "10m",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the result. [default: fit-<data>]")
    ] = None,
    task: TASK = None,
    types: TYPES = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Groups that must not stand on both sides of a split.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Time of each row: later rows are predicted.")
    ] = None,
    header: HEADER = None,
    form: FORM = None,
    positive: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Class of precision and recall. [default: the rarer]")
    ] = None,
    network: Annotated[str, typer.Option(help="auto, dense, convolution or recurrent.")] = "auto",
    folds: Annotated[
        int | None, typer.Option(help="Folds of the cross-validation; 1 for one held-out part. [default: by the data]")
    ] = None,
    stop: Annotated[
        bool, typer.Option("--stop/--no-stop", help="Stop where a shallow model meets the goal or nothing is learned.")
    ] = True,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Follow the plan.json of an earlier fit.")] = None,
    new: Annotated[bool, typer.Option("--new", help="Begin afresh where the folder holds a fit.")] = False,
    seed: SEED = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
) -> None:
    """Climb the ladder: goal, audit, baselines, network, ramp, regularisation, tuning, evaluation; deliver a model.

    An interrupted fit goes on with the same command. The report is in FOLDER/report.html.
    """
    from unstuck.audit.settings import AuditSettings
    from unstuck.fit.settings import FitSettings, seconds_of

    folder = out if out is not None else Path(f"fit-{Path(data.rpartition(':')[2]).name.split('.')[0]}")
    settings = FitSettings(
        goal=goal, budget=seconds_of(budget), seed=seed, out=folder, positive=positive, network=network, folds=folds,
        stop_early=stop, plan=plan, new=new,
    )  # fmt: skip
    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), group=group, time=time, header=header, form=form,
        look=0, seed=seed,
    )  # fmt: skip
    climbed(data, test, reading, settings, quiet=quiet)


def climbed(data: str, test: str | None, reading: AuditSettings, settings: FitSettings, *, quiet: bool) -> None:
    """Climb the ladder of a command."""
    from unstuck.audit.splits import splits_of
    from unstuck.fit.ladder import climb

    def write(text: str) -> None:
        if not quiet:
            sys.stdout.write(text)
            sys.stdout.flush()

    with ProgressBar() as progress:
        work = climb(splits_of(data, None, test), reading, settings, write, progress)
    if "evaluate" in settings.rungs:
        write(
            f"The model is in {settings.out}: model_card.md says what it is, report.html how it came about.\n"
            f"Use it: unstuck predict {settings.out} new.csv --out predictions.csv\n"
        )
    if work.facts.get("exported"):
        typer.echo(f"unstuck: {work.facts['exported']}", err=True)
