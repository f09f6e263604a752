"""``unstuck run [OPTIONS] train.py``: the command line of `unstuck.cli.program`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT, TENSORBOARD
from unstuck.cli.output_formats import Wanted
from unstuck.cli.program import RunSettings, run_program
from unstuck.cli.split_arguments import split
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
        """Separate our options from the program and its arguments before they are parsed."""
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
        str | None, typer.Option(metavar="PATH", help="Python interpreter that runs the program. [default: this one]")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Folder of the run records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    tensorboard: TENSORBOARD = None,
    github: GITHUB = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 3 if a finding has this severity and the program succeeded.")
    ] = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    budget: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the run time that recording may take.")
    ] = BUDGET,
    layers: Annotated[bool, typer.Option(" /--no-layers", help="Do not record layers.")] = True,
    keep_samples: Annotated[
        bool, typer.Option("--keep-samples", help="Keep some examples of your data in the record.")
    ] = False,
    data: Annotated[
        bool, typer.Option(" /--no-data", help="Do not examine the data that passes through the training loop.")
    ] = True,
    verify: Annotated[
        bool, typer.Option("--verify", help="After the run, test the remedies in controlled experiments.")
    ] = False,
    verify_budget: Annotated[
        float | None,
        typer.Option(min=1.0, metavar="SECONDS", help="Time for --verify. [default: the run time, at most 120]"),
    ] = None,
    preflight: Annotated[
        bool, typer.Option("--preflight", help="Check the training before the run, in a branch (`unstuck preflight`).")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Run a training script as Python does, then report why the network does not learn."""
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
        watch=WatchOptions(budget=budget, layers=layers, keep_samples=keep_samples, data=data),
    )
    if preflight:
        from unstuck.cli.before_run import before_run

        before_run(program, settings)
    raise typer.Exit(run_program(program, settings))
