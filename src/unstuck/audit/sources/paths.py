"""Files and folders, by their names and by what they begin with."""

from __future__ import annotations

import difflib
from functools import partial
from pathlib import Path

from unstuck.audit.sources.delimited import Delimited
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.parts import Asked, Parts
from unstuck.audit.sources.table import draft_of_table
from unstuck.core.errors import UsageError

KNOWN = (
    "CSV, TSV, Parquet, Arrow, Feather, JSON lines, .npy, .npz, a folder or .zip of images (a folder per class), text "
    "files, or module:attribute"
)


def parts_of_path(text: str, asked: Asked) -> Parts:
    """The splits of a file, a folder, or an object of a module.

    Raises:
        UsageError: there is nothing there that can be read.
    """
    path = Path(text).expanduser()
    if not path.exists():
        raise UsageError(_absent(text, path))
    return {"": partial(_delimited, path, asked)}


def _absent(text: str, path: Path) -> str:
    if "://" in text:
        return f"{text} is an address. Download the file, and give its path."
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder}, so {text} cannot be read. Expected: {KNOWN}."
    near = difflib.get_close_matches(path.name, [other.name for other in folder.iterdir()], 1, 0.6)
    guess = f" Did you mean {folder / near[0]}?" if near else ""
    return f"There is no file {text}.{guess} Expected: {KNOWN}."


def _delimited(path: Path, asked: Asked, split: int, first: Draft | None) -> Draft:
    table = Delimited(path, asked.settings.header)
    return draft_of_table(table, split, asked.settings, first, asked.progress)
