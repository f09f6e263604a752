"""Tables whose rows are texts, or name the files of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from unstuck.analysis.data.image_files import SUFFIXES, image_files
from unstuck.analysis.data.sample import Column
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.optional import need
from unstuck.core.data_types import ColumnType, Form
from unstuck.core.errors import UsageError

PATHS_SHARE = 0.9
"""values that end like an image file"""
LOOKED_AT = 200
MOST_UNNAMED = 0.1
"""images beside the named ones that no row names; more belong to another table"""


def in_form(draft: Draft, settings: AuditSettings, first: Draft | None, folder: Path | None) -> Draft:
    """A table as texts or images, where that is what its rows are.

    Args:
        draft: a table.
        settings: may say the form.
        first: the training split, whose form holds.
        folder: where relative paths begin.

    Raises:
        UsageError: the form that the user names is not in this table.
    """
    wanted = settings.form or (first.form if first is not None else None)
    if draft.form is not Form.TABLE or wanted in (Form.TABLE, Form.TOKENS):
        return draft
    paths = _paths(draft.columns, folder)
    if paths is not None and wanted in (None, Form.IMAGE):
        return _as_images(draft, *paths)
    if wanted is Form.IMAGE:
        raise UsageError(f"{draft.source} has no column of paths of images. Expected for example images/0001.jpg.")
    text = _text(draft.columns, wanted)
    if text is not None:
        texts = tuple(value or "" for value in text.values.tolist())
        return replace(
            draft, form=Form.TEXT, texts=texts, columns=tuple(column for column in draft.columns if column is not text)
        )
    if wanted is Form.TEXT:
        raise UsageError(f"{draft.source} has no column of texts. Say which it is with --type COLUMN=text.")
    return draft


def _text(columns: Sequence[Column], wanted: Form | None) -> Column | None:
    """The only column of texts, if no column of numbers or categories stands beside it."""
    texts = [column for column in columns if column.type is ColumnType.TEXT]
    others = [column for column in columns if column.type in (ColumnType.NUMBER, ColumnType.CATEGORY)]
    if wanted is Form.TEXT:
        return texts[0] if texts else None
    return texts[0] if len(texts) == 1 and not others else None


def _paths(columns: Sequence[Column], folder: Path | None) -> tuple[Column, Path] | None:
    """The column that names images, and the folder where they lie."""
    for column in columns:
        if column.values.dtype != object:
            continue
        some = [value for value in column.values[:LOOKED_AT].tolist() if value]
        if not some or sum(value.lower().endswith(SUFFIXES) for value in some) < PATHS_SHARE * len(some):
            continue
        for place in (folder, Path.cwd()):
            if place is not None and any((place / value).is_file() for value in some[:20]):
                return column, place
    return None


def _as_images(draft: Draft, column: Column, folder: Path) -> Draft:
    need("PIL", f"Reading the images of {draft.source}")
    names = tuple(value or "" for value in column.values.tolist())
    kept = tuple(other for other in draft.columns if other is not column)
    return replace(
        draft, form=Form.IMAGE, columns=kept, names=names, images=image_files([folder / name for name in names]),
        unlabelled_files=_unnamed(names, folder) if len(draft.rows) == draft.total else (),
    )  # fmt: skip


def _unnamed(names: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Images in the folders of the named files that no row names, relative to the folder; () where they are many."""
    named = {PurePath(name) for name in names if name}
    there = {
        place / file.name
        for place in {path.parent for path in named} if (folder / place).is_dir()
        for file in (folder / place).iterdir() if file.name.lower().endswith(SUFFIXES)
    }  # fmt: skip
    unnamed = there - named
    return tuple(sorted(path.as_posix() for path in unnamed)) if len(unnamed) <= MOST_UNNAMED * len(there) else ()
