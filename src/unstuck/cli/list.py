"""``unstuck list``: the recorded runs."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from unstuck.cli.find import kept
from unstuck.cli.table import print_table
from unstuck.record import decode, schema
from unstuck.record.manifest import Manifest
from unstuck.watch.directory import DEFAULT

COLUMNS = ("run", "began", "ended", "verdict", "rank 1", "size", "command")


def add_to(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("list")(list_runs)


def list_runs(
    dir: Annotated[Path, typer.Option(help="Folder of the run records.")] = DEFAULT,  # noqa: A002
) -> None:
    """List the recorded runs, the latest last."""
    runs = kept(dir)
    if not runs:
        typer.echo(f"There are no runs in {dir}. Make one with `unstuck run train.py`.")
        return
    print_table(COLUMNS, [_row(path) for path in runs])


def _row(path: Path) -> tuple[str, ...]:
    manifest = _manifest(path)
    answer = _answer(path)
    return (
        path.name,
        time.strftime("%b %d %H:%M", time.localtime(manifest.began)) if manifest.began else "",
        manifest.ended or "",
        answer.verdict,
        " ".join(finding.code for finding in answer.findings if finding.rank == 1),
        size(sum(file.stat().st_size for file in path.rglob("*") if file.is_file())),
        " ".join(manifest.argv),
    )


@dataclass(frozen=True, slots=True)
class _Finding:
    code: str
    rank: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """Of the kept ``diagnosis.json``, what the table shows."""

    verdict: str = ""
    findings: tuple[_Finding, ...] = ()


# A list shows what it can; `unstuck show` says what is wrong with a record.


def _manifest(path: Path) -> Manifest:
    with suppress(OSError, ValueError, TypeError, AttributeError, msgspec.MsgspecError):
        return decode.manifest(json.loads((path / schema.MANIFEST).read_text(encoding="utf-8")))
    return Manifest()


def _answer(path: Path) -> _Answer:
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((path / schema.DERIVED / "diagnosis.json").read_bytes(), type=_Answer)
    return _Answer()


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
