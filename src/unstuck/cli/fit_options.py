"""Options of `unstuck fit` and of its rungs that stand alone, and how a command climbs the ladder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from unstuck.audit.settings import AuditSettings
    from unstuck.fit.settings import FitSettings

GOAL = Annotated[str, typer.Option(help='Such as "recall>=0.9 @ precision>=0.5". [default: as good as possible]')]
BUDGET = Annotated[str, typer.Option(metavar="TIME", help="Such as 90s, 20m or 1h.")]
OUT = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder of the result. [default: the command and the data's name]")
]
NETWORK = Annotated[str, typer.Option(help="auto, dense, convolution or recurrent.")]
NEW = Annotated[bool, typer.Option("--new", help="Begin afresh where the folder holds a fit.")]


def folder_of(verb: str, data: str, out: Path | None) -> Path:
    """The folder that was asked for; else one named after command and data, such as ``fit-train``."""
    return out if out is not None else Path(f"{verb}-{Path(data.rpartition(':')[2]).name.split('.')[0]}")


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


def climb_alone(
    verb: str, rungs: tuple[str, ...], data: str, out: Path | None, reading: AuditSettings, *, goal: str, budget: str,
    network: str, new: bool,
) -> None:  # fmt: skip
    """Only some rungs, all of each: a shallow model that meets the goal does not end them."""
    from unstuck.fit.settings import FitSettings, seconds_of

    settings = FitSettings(
        goal=goal, budget=seconds_of(budget), seed=reading.seed, out=folder_of(verb, data, out), network=network,
        new=new, stop_early=False, rungs=rungs,
    )  # fmt: skip
    climbed(data, None, reading, settings, quiet=False)
