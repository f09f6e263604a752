"""``unstuck ramp DATA --target y``: how large must the network be? One rung of `unstuck fit`, alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unstuck.cli.data_options import DATA, FORM, HEADER, SEED, TARGET, TASK, TYPES, typed
from unstuck.cli.fit import climbed


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("ramp")(ramp)


def ramp(
    data: DATA,
    target: TARGET = None,
    goal: Annotated[str, typer.Option(help="As of `unstuck fit`. [default: as good as possible]")] = "",
    budget: Annotated[str, typer.Option(metavar="TIME", help="Such as 90s, 20m or 1h.")] = "5m",
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the result. [default: ramp-<data>]")
    ] = None,
    task: TASK = None,
    types: TYPES = None,
    header: HEADER = None,
    form: FORM = None,
    network: Annotated[str, typer.Option(help="auto, dense, convolution or recurrent.")] = "auto",
    new: Annotated[bool, typer.Option("--new", help="Begin afresh where the folder holds a fit.")] = False,
    seed: SEED = 0,
) -> None:
    """Grow the simplest network while its training error is above the goal; say whether more data would help."""
    from unstuck.audit.settings import AuditSettings
    from unstuck.fit.settings import FitSettings, seconds_of

    settings = FitSettings(
        goal=goal, budget=seconds_of(budget), seed=seed, out=out or Path(f"ramp-{Path(data).name.split('.')[0]}"),
        network=network, new=new, stop_early=False, rungs=("ramp",),
    )  # fmt: skip
    reading = AuditSettings(
        target=tuple(target or ()), task=task, types=typed(types), header=header, form=form, look=0, seed=seed
    )
    climbed(data, None, reading, settings, quiet=False)
