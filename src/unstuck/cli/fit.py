"""``unstuck fit DATA --target y --goal "f1>=0.9"``: from data and a goal to a model that works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TEST, TYPES, typed
from unstuck.cli.fit_options import BUDGET, GOAL, NETWORK, NEW, OUT, climbed, folder_of


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("fit")(fit)


def fit(
    data: DATA,
    target: TARGET = None,
    goal: GOAL = "",
    test: TEST = None,
    budget: BUDGET = "10m",
    out: OUT = None,
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
    network: NETWORK = "auto",
    folds: Annotated[
        int | None, typer.Option(help="Folds of the cross-validation; 1 for one held-out part. [default: by the data]")
    ] = None,
    stop: Annotated[
        bool, typer.Option("--stop/--no-stop", help="Stop where a shallow model meets the goal or nothing is learned.")
    ] = True,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Follow the plan.json of an earlier fit.")] = None,
    new: NEW = False,
    seed: SEED = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
) -> None:
    """Climb the ladder: goal, audit, baselines, network, ramp, regularisation, tuning, evaluation; deliver a model.

    An interrupted fit goes on with the same command. The report is in FOLDER/report.html.
    """
    from unstuck.audit.settings import AuditSettings
    from unstuck.fit.settings import FitSettings, seconds_of

    settings = FitSettings(
        goal=goal, budget=seconds_of(budget), seed=seed, out=folder_of("fit", data, out), positive=positive,
        network=network, folds=folds, stop_early=stop, plan=plan, new=new,
    )  # fmt: skip
    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), group=group, time=time, header=header, form=form,
        look=0, seed=seed,
    )  # fmt: skip
    climbed(data, test, reading, settings, quiet=quiet)
