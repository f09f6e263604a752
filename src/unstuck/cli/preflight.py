"""``unstuck preflight [OPTIONS] train.py``: the checks before the first epoch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.before_run import checked
from unstuck.cli.options import GITHUB, HTML, IGNORE, JSON, MARKDOWN, SARIF, SELECT
from unstuck.cli.output_formats import Wanted
from unstuck.cli.program import FAILED_ON
from unstuck.cli.run import FailOn, RunCommand
from unstuck.config.load import Overrides
from unstuck.core.errors import UsageError
from unstuck.preflight.settings import BUDGET
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.preflight.settings import PreflightSettings
    from unstuck.run import Answer


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("preflight", cls=RunCommand)(preflight)


def preflight(
    program: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PROBES", help="Make these probes only, with commas: overfit,rates.")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="PROBES", help="Do not make these probes.")] = None,
    probes: Annotated[bool, typer.Option("--probes", help="List the probes and exit.")] = False,
    budget: Annotated[
        float, typer.Option(min=1.0, metavar="SECONDS", help="Time for the probes that train.")
    ] = BUDGET,
    python: Annotated[
        str | None, typer.Option(metavar="PATH", help="Python interpreter that runs the program. [default: this one]")
    ] = None,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: JSON = None,
    html: HTML = None,
    sarif: SARIF = None,
    markdown: MARKDOWN = None,
    github: GITHUB = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Then test the remedies in controlled experiments.")
    ] = False,
    fail_on: Annotated[FailOn | None, typer.Option(help="Exit with 3 if a finding has this severity.")] = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no answer.")] = False,
) -> None:
    """Run a script to its first training steps in a branch, check what it trains, and end; nothing is changed."""
    from unstuck.core.finding import Severity

    if probes:
        list_probes()
        return
    if not program:
        raise UsageError("Name the program: `unstuck preflight train.py` or `unstuck preflight -m package.module`.")
    wanted = Wanted(json=json, html=html, sarif=sarif, markdown=markdown, github=github)
    wanted.check()
    settings = settings_of(only, skip, budget)
    overrides = Overrides.of(select, ignore)
    answer = checked(program, settings, python, dir, overrides)
    if verify:
        answer = verified(answer, overrides)
    if not quiet:
        typer.echo(answer.text(colour=sys.stdout.isatty()), nl=False)
    for note in wanted.write(answer):
        typer.echo(f"unstuck: {note}", err=True)
    commands = wanted.annotations(answer, quiet=quiet)
    if commands:
        typer.echo(commands.rstrip("\n"), err=True)
    severities = [ranked.finding.severity.weight for ranked in answer.diagnosis.findings]
    if fail_on is not None and severities and min(severities) <= Severity(fail_on).weight:
        raise typer.Exit(FAILED_ON)


def verified(answer: Answer, overrides: Overrides | None) -> Answer:
    """The answer after the experiments; the same, with a line on standard error, where nothing can be tried."""
    from unstuck.cli.experiments import after_run
    from unstuck.run import Run

    path = answer.record.path
    if note := after_run(path, None, overrides):
        typer.echo(f"unstuck: {note}", err=True)
    return Run(path, overrides).answer()


def settings_of(only: list[str] | None, skip: list[str] | None, budget: float) -> PreflightSettings:
    """Of the options; lists may be given with commas.

    Raises:
        UsageError: there is no such probe.
    """
    from unstuck.preflight.names import check_names
    from unstuck.preflight.settings import PreflightSettings

    settings = PreflightSettings(only=_names(only), skip=_names(skip), budget=budget)
    check_names(settings)
    return settings


def _names(words: list[str] | None) -> tuple[str, ...]:
    return tuple(name.strip() for word in words or () for name in word.split(",") if name.strip())


def list_probes() -> None:
    """Name and purpose of each, without loading torch."""
    from unstuck.preflight.names import probe_names, purpose

    width = max(map(len, probe_names()))
    for name in probe_names():
        typer.echo(f"{name.ljust(width)}  {purpose(name)}")
