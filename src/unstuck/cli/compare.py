"""``unstuck compare OLD NEW``: what changed between two audits of a data set."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli.find import find
from unstuck.config.load import Overrides
from unstuck.watch.directory import DEFAULT

if TYPE_CHECKING:
    from unstuck.audit.compare import Change


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("compare")(compare)


def compare(
    old: Annotated[str, typer.Argument(help="Record of the earlier audit: name, beginning of a name, or path.")],
    new: Annotated[str | None, typer.Argument(help="Record of the later one. [default: the latest]")] = None,
    dir: Annotated[Path, typer.Option(help="Folder of the records.")] = DEFAULT,  # noqa: A002
    json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """Print what changed between two audits: rows, classes, columns, findings."""
    from unstuck.show.changes import changes_in_words

    changes = changes_of(find(old, dir), find(new, dir))
    if json:
        typer.echo(json_format.dumps([asdict(change) for change in changes], indent=2, ensure_ascii=False))
    else:
        typer.echo(changes_in_words(changes, find(old, dir).name), nl=False)


def changes_of(old: Path, new: Path, overrides: Overrides | None = None) -> tuple[Change, ...]:
    """Both records judged by today's rules, and compared."""
    from unstuck.audit.compare import compare as compared
    from unstuck.run import Run

    first, second = Run(old, overrides).answer(), Run(new, overrides).answer()
    return compared(first.record, second.record, first.diagnosis, second.diagnosis)
