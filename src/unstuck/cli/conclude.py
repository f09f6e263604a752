"""After the program: diagnose its record, print the answer on standard error, write what was asked for."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from unstuck.cli.notes import notes
from unstuck.core.errors import UnstuckError
from unstuck.core.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from unstuck.cli.output_formats import Wanted
    from unstuck.config.load import Overrides
    from unstuck.run import Answer

JUDGES = ("numpy", "rich.console", "jinja2", "unstuck.rules.engine", "unstuck.show.terminal", "unstuck.report.page")
"""what an answer needs, and takes a quarter of a second to load"""


def load_judges() -> None:
    """Load what the answer will need, while the program runs anyway."""
    for name in JUDGES:
        with suppress(Exception):  # reported when it is needed
            import_module(name)


def conclude(
    directory: Path, wanted: Wanted, *, quiet: bool, note: str = "", overrides: Overrides | None = None
) -> Severity:
    """Print the answer of a run that has just ended; returns the severity of the worst finding.

    Nothing that goes wrong here changes how the program ended; an answer that cannot be made counts as an
    error for ``--fail-on``, because a skipped check is not a pass.
    """
    from unstuck.run import Run

    complaint = ""
    written: list[str] = []
    try:
        answer = Run(directory, overrides).answer()
        try:
            answer.keep()
            written = wanted.write(answer)
        except (UnstuckError, OSError) as error:
            complaint = f"unstuck: the answer could not be written: {error}"
        if not quiet:
            print_answer(answer, [note, *written])
        annotate(answer, wanted, quiet=quiet)
    except UnstuckError as error:
        say(f"unstuck: the answer could not be made: {error} The record is kept in {directory}.")
        return Severity.ERROR
    except Exception as error:
        say(
            f"unstuck: the answer could not be made ({type(error).__name__}: {error}). This is a defect of "
            f"unstuck; the record is kept in {directory}."
        )
        return Severity.ERROR
    if complaint:
        say(complaint)
    found = [ranked.finding.severity for ranked in answer.diagnosis.findings]
    return min(found, key=lambda severity: severity.weight, default=Severity.INFO)


def print_answer(answer: Answer, more: Sequence[str]) -> None:
    """Print the answer on standard error: standard output belongs to the program."""
    lines = [f"unstuck: {note}" for note in (*notes(answer.record.manifest), *filter(None, more))]
    say("\n" + "\n".join([answer.text(colour=colourful()).rstrip("\n"), *lines]))


def annotate(answer: Answer, wanted: Wanted, *, quiet: bool = False) -> None:
    """Print GitHub's commands on standard error: its runner reads them there as well as on standard output."""
    commands = wanted.annotations(answer, quiet=quiet)
    if commands:
        say(commands.rstrip("\n"))


def say(text: str) -> None:
    """Print on standard error; where nobody reads it any more, that is no reason to fail."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def colourful() -> bool:
    """Whether standard error takes colours."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
