"""Baseline records beside a run: what simple models reach on the data that its script names."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unstuck.core.errors import UnstuckError
from unstuck.record import schema

MANIFEST_KEY = "baseline"
"""of the manifest of a data record: what it says in short, so that no other file need be read"""
MOST_RECORDS = 200
"""newest records that are looked at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline record in short."""

    record: str
    """its name"""
    sentence: str
    metric: str
    value: float
    model: str
    sources: tuple[str, ...]
    """files or objects that it was read from"""


def baseline_for(folder: Path, text: str) -> Baseline | None:
    """The newest baseline in a folder of records whose data is named in a text, such as a script.

    Args:
        folder: of the records.
        text: in which the name of the data file, or of the module and attribute, must stand.
    """
    try:
        newest = sorted((path for path in folder.iterdir() if path.is_dir()), reverse=True)[:MOST_RECORDS]
    except OSError:
        return None
    for path in newest:
        found = _read(path)
        if found is not None and any(_named(source, text) for source in found.sources):
            return found
    return None


def _read(path: Path) -> Baseline | None:
    with suppress(OSError, ValueError, KeyError, TypeError, UnstuckError):
        manifest = (path / schema.MANIFEST).read_text(encoding="utf-8")
        if f'"{MANIFEST_KEY}":' not in manifest:
            return None
        about = json.loads(manifest)[MANIFEST_KEY]
        return Baseline(
            record=path.name, sentence=str(about["sentence"]), metric=str(about["metric"]),
            value=float(about["value"]), model=str(about["model"]), sources=tuple(map(str, about["sources"])),
        )  # fmt: skip
    return None


def _named(source: str, text: str) -> bool:
    """Whether a text names the data: the file with its ending, or module and attribute both."""
    if ":" in source and not Path(source).suffix:
        words = [source.partition(":")[0].rpartition(".")[2], source.partition(":")[2]]
    else:
        words = [Path(source).name]
    return all(
        len(word) > 2 and re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None for word in words
    )
