"""Files and folders, by their names and by what they begin with."""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path

from unstuck.audit.sources.delimited import Delimited
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.folders import TABLES, parts_of_tree
from unstuck.audit.sources.numpy_files import parts_of_numpy
from unstuck.audit.sources.parts import Asked, Parts, split_name
from unstuck.audit.sources.polars_tables import JsonLines, scanned, whole_json
from unstuck.audit.sources.table import Table, draft_of_table
from unstuck.audit.sources.table_forms import in_form
from unstuck.audit.sources.text_lines import parts_of_lines
from unstuck.audit.sources.trees import tree_of
from unstuck.core.errors import UsageError

KNOWN = (
    "CSV, TSV, Parquet, Arrow, Feather, JSON lines, .npy, .npz, a folder or archive of images or texts (a folder for "
    "each class), a text file, or module:attribute"
)
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
DELIMITED = (".csv", ".tsv", ".tab", ".data", ".dat", ".csv.gz", ".tsv.gz")
MAGIC = {b"PAR1": ".parquet", b"ARROW1": ".arrow", b"\x93NUMPY": ".npy"}
"""what files begin with"""
OTHERS = {
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"%PDF": "a PDF",
    b"\x89HDF": "HDF5",
}


def parts_of_path(path: Path, asked: Asked) -> Parts:
    """The splits of a file or a folder.

    Raises:
        UsageError: there is nothing there that can be read.
    """
    if path.is_dir():
        tree = tree_of(path)
        tables = _tables(path)
        if tables and all(Path(name).suffix.lower() in TABLES or "/" not in name for name in tree.files):
            return {split: partial(_late, file, asked) for split, file in tables.items()}
        return parts_of_tree(tree, asked)
    if not path.is_file():
        raise UsageError(f"{path} is no file and no folder.")
    name = path.name.lower()
    kind = _kind(path)
    if name.endswith(ARCHIVES):
        return parts_of_tree(tree_of(path), asked)
    if kind in (".npy", ".npz"):
        return parts_of_numpy(path, asked)
    tables_by_kind: dict[str, Callable[[Path], Table]] = {
        ".parquet": scanned, ".pq": scanned, ".feather": scanned, ".arrow": scanned, ".ipc": scanned,
        ".jsonl": JsonLines, ".ndjson": JsonLines, ".json": whole_json,
    }  # fmt: skip
    if kind in tables_by_kind:
        return {"": partial(_table, path, tables_by_kind[kind], asked)}
    if not name.endswith(DELIMITED) and _is_lines(path):
        return parts_of_lines(path, asked)
    return {"": partial(_table, path, lambda file: Delimited(file, asked.settings.header), asked)}


def _tables(folder: Path) -> dict[str, Path]:
    """The tables of a folder that are called train, val and test."""
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix.lower() in TABLES]
    found = {split: file for file in files if (split := split_name(file.stem)) is not None}
    return {split: found[split] for split in ("train", "val", "test") if split in found} if "train" in found else {}


def _late(path: Path, asked: Asked, split: int, first: Draft | None) -> Draft:
    parts = parts_of_path(path, asked)
    if set(parts) != {""}:
        raise UsageError(f"{path} holds several splits itself. Name it alone.")
    return parts[""](split, first)


def _kind(path: Path) -> str:
    """The suffix, or what the first bytes say.

    Raises:
        UsageError: the file is no data.
    """
    suffix = path.suffix.lower()
    if not path.stat().st_size:
        raise UsageError(f"{path} is empty (0 bytes).")
    with path.open("rb") as file:
        begin = file.read(8)
    for magic, what in OTHERS.items():
        if begin.startswith(magic):
            raise UsageError(f"{path} is {what}, no data set. Expected: {KNOWN}.")
    for magic, kind in MAGIC.items():
        if begin.startswith(magic) and suffix not in (".feather", ".pq", ".ipc"):
            return kind
    return suffix


def _is_lines(path: Path) -> bool:
    """Whether a text file without the suffix of a table holds texts: its rows have no constant number of fields."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            head = file.read(1 << 16)
    except (OSError, EOFError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
    if b"\x00" in head:
        return False
    table = Delimited(path, None)
    wide = [
        cell for row in head.decode("utf-8", "replace").splitlines()[:50] for cell in row.split(table.separator or None)
    ]
    if table.separator in ("\t", ";", "|", " ") and table.width > 1:
        return False
    return table.width == 1 or sum(len(cell.split()) for cell in wide) > 2 * len(wide)


def absent(text: str) -> str:
    """The message about a path that is not there."""
    if "://" in text:
        return f"{text} is an address. Download the file, and give its path."
    path = Path(text).expanduser()
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder}, so {text} cannot be read. Expected: {KNOWN}."
    near = difflib.get_close_matches(path.name, [other.name for other in folder.iterdir()], 1, 0.6)
    guess = f" Did you mean {folder / near[0]}?" if near else ""
    return f"There is no file {text}.{guess} Expected: {KNOWN}."


def _table(path: Path, opened: Callable[[Path], Table], asked: Asked, split: int, first: Draft | None) -> Draft:
    table = opened(path)
    draft = draft_of_table(table, split, asked.settings, first, asked.progress)
    return in_form(draft, asked.settings, first, path.parent)
