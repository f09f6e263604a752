"""``unstuck run [OPTIONS] train.py``: the command line of `unstuck.cli.program`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from unstuck.cli.forms import Wanted
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT, TENSORBOARD
from unstuck.cli.program import RunSettings, run_program
from unstuck.cli.words import split
from unstuck.config.load import Overrides
from unstuck.core.errors import UsageError
from unstuck.core.finding import Severity
from unstuck.watch.directory import DEFAULT
from unstuck.watch.options import BUDGET, WatchOptions


class FailOn(StrEnum):
    """From which severity a finding is a failure."""

    ERROR = "error"
    WARNING = "warning"


class RunCommand(TyperCommand):
    """Options come before the program; every word after it belongs to the program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Part the words before the options are read, so that none of the program's is taken for ours."""
        options = [option for option in self.params if not getattr(option, "is_flag", True)]
        valued = [name for option in options for name in option.opts]
        ours, program = split(args, valued)
        return super().parse_args(ctx, [*ours, "--", *program])

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The second line of the help."""
        return ["[OPTIONS] {SCRIPT | -m MODULE | -c CODE} [ARGUMENTS]..."]


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("run", cls=RunCommand)(run)


def run(
    program: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="The interpreter where torch is; default: this one.")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Where run records are kept.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    tensorboard: TENSORBOARD = None,
    github: GITHUB = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 3 on a finding this bad, if the program gave 0.")
    ] = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    budget: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the run's time that watching may cost.")
    ] = BUDGET,
    layers: Annotated[bool, typer.Option(" /--no-layers", help="Do not look into the layers.")] = True,
    keep_samples: Annotated[
        bool, typer.Option("--keep-samples", help="Store some of your data in the record.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Then try the remedies, each as a controlled experiment.")
    ] = False,
    verify_budget: Annotated[
        float | None,
        typer.Option(min=1.0, metavar="SECONDS", help="Of --verify; default: as long as the run, at most two minutes."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing of ours.")] = False,
) -> None:
    """Run a training script as Python would, unchanged, then say why the network does not learn."""
    if not program:
        raise UsageError("Name the program: `unstuck run train.py` or `unstuck run -m package.module`.")
    settings = RunSettings(
        python=python,
        dir=dir,
        wanted=Wanted(
            json=json, html=html, sarif=sarif, markdown=markdown, tensorboard=tensorboard, github=github
        ),
        fail_on=None if fail_on is None else Severity(fail_on),
        quiet=quiet,
        overrides=Overrides.of(select, ignore),
        verify=verify or verify_budget is not None,
        verify_budget=verify_budget,
        watch=WatchOptions(budget=budget, layers=layers, keep_samples=keep_samples),
    )
    raise typer.Exit(run_program(program, settings))
