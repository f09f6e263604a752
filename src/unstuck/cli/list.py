"""``unstuck list``: the runs that are kept."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from unstuck.cli.find import kept
from unstuck.cli.table import print_table
from unstuck.record import schema
from unstuck.watch.directory import DEFAULT

COLUMNS = ("run", "began", "ended", "verdict", "rank 1", "size", "command")


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("list")(list_runs)


def list_runs(
    dir: Annotated[Path, typer.Option(help="Where run records are kept.")] = DEFAULT,  # noqa: A002
) -> None:
    """List the runs that are kept, the latest last."""
    runs = kept(dir)
    if not runs:
        typer.echo(f"There are no runs in {dir}. Make one with `unstuck run train.py`.")
        return
    print_table(COLUMNS, [_row(path) for path in runs])


def _row(path: Path) -> tuple[str, ...]:
    manifest = _read(path / schema.MANIFEST)
    answer = _read(path / schema.DERIVED / "diagnosis.json")
    began = manifest.get("began")
    first = [str(finding["code"]) for finding in answer.get("findings", ()) if finding.get("rank") == 1]
    return (
        path.name,
        time.strftime("%b %d %H:%M", time.localtime(began)) if isinstance(began, float) else "",
        str(manifest.get("ended", "")),
        str(answer.get("verdict", "")),
        " ".join(first),
        size(sum(file.stat().st_size for file in path.rglob("*") if file.is_file())),
        " ".join(map(str, manifest.get("argv", ()))),
    )


def _read(path: Path) -> dict[str, Any]:
    # A list shows what it can; `unstuck show` says what is wrong with a record.
    with suppress(OSError, ValueError):
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return {}


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
