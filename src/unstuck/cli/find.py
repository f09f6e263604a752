"""The runs that are kept, and the one that was asked for."""

from __future__ import annotations

from pathlib import Path

from unstuck.core.errors import RecordError
from unstuck.record import schema


def kept(base: Path) -> list[Path]:
    """The run directories, oldest first: their names begin with the time."""
    if not base.is_dir():
        return []
    found = [path for path in base.iterdir() if (path / schema.MANIFEST).exists()]
    return sorted(found, key=_age)


def _age(path: Path) -> tuple[str, int]:
    name, _, number = path.name.rpartition("_")
    return (name, int(number)) if number.isdigit() else (path.name, 1)


def find(run: str | None, base: Path) -> Path:
    """A run by its path, its name, or the beginning of its name; the latest where none is asked for."""
    runs = kept(base)
    if run is None:
        if not runs:
            raise RecordError(f"There are no runs in {base}. Make one with `unstuck run train.py`.")
        return runs[-1]
    exact = [path for path in runs if path.name == run]
    named = exact or [path for path in runs if path.name.startswith(run)]
    if named:
        return named[-1]
    if Path(run).is_dir():
        return Path(run)
    raise RecordError(f"There is no run {run} in {base}. `unstuck list` shows those that are there.")
