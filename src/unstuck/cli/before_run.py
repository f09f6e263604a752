"""The checks on a program, as `unstuck preflight` and `unstuck run --preflight` make them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from unstuck.cli.program import check_configuration
from unstuck.cli.progress_bar import ProgressBar

if TYPE_CHECKING:
    from unstuck.cli.program import RunSettings
    from unstuck.config.load import Overrides
    from unstuck.preflight.settings import PreflightSettings
    from unstuck.run import Answer


def checked(
    program: list[str], settings: PreflightSettings, python: str | None, folder: Path, overrides: Overrides | None
) -> Answer:
    """The answer about a program."""
    from unstuck.cli.experiments import ended_in_order
    from unstuck.preflight.script import preflight_script
    from unstuck.watch.launch import find_interpreter
    from unstuck.watch.target import parse

    target = parse(program)
    interpreter = find_interpreter(python)
    check_configuration(target, overrides)
    with ended_in_order(), ProgressBar() as progress:
        run = preflight_script(target, interpreter, folder, settings, progress, overrides)
        return run.answer()


def before_run(program: list[str], settings: RunSettings) -> None:
    """Check a program before it is run, and say on standard error what was found; nothing keeps it from running."""
    from unstuck.core.errors import UnstuckError
    from unstuck.preflight.settings import PreflightSettings

    try:
        answer = checked(program, PreflightSettings(), settings.python, settings.dir, settings.overrides)
    except UnstuckError as error:
        typer.echo(f"unstuck: no preflight: {error}", err=True)
        return
    if not settings.quiet:
        typer.echo(answer.text(colour=sys.stderr.isatty()), nl=False, err=True)
