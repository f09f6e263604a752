"""Folders and archives of images or texts: a folder for each class, perhaps below ``train``, ``val`` and ``test``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from unstuck.analysis.data.image_files import SUFFIXES, image_bytes, image_files
from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.labels import Labels, profile_of_labels
from unstuck.audit.sources.optional import need
from unstuck.audit.sources.parts import Asked, Parts, split_name
from unstuck.audit.sources.sampling import positions_of
from unstuck.audit.sources.trees import Tree
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

TEXTS = (".txt", ".text")
TABLES = (".csv", ".tsv", ".parquet", ".pq", ".feather", ".arrow", ".jsonl", ".ndjson", ".npz")


def parts_of_tree(tree: Tree, asked: Asked) -> Parts:
    """The splits of a folder.

    Raises:
        UsageError: it holds neither images nor texts.
    """
    images = [name for name in tree.files if PurePosixPath(name).suffix.lower() in SUFFIXES]
    texts = [name for name in tree.files if PurePosixPath(name).suffix.lower() in TEXTS]
    form = asked.settings.form or (Form.IMAGE if len(images) >= len(texts) else Form.TEXT)
    files = images if form is Form.IMAGE else texts
    if not files:
        raise UsageError(_nothing(tree))
    if form is Form.IMAGE:
        need("PIL", f"Reading the images of {tree.source}")
    by_split: dict[str, list[tuple[str, str | None]]] = {}
    for name, split, label in placed(files):
        by_split.setdefault(split or "", []).append((name, label))
    if len(by_split) > 1 and "" in by_split:
        by_split.pop("")
    others = len(tree.files) - len(files)
    return {
        split: partial(_draft, tree, form, tuple(some), others, asked)
        for split, some in by_split.items()
    }  # fmt: skip


def _nothing(tree: Tree) -> str:
    if not tree.files:
        return f"{tree.source} holds no files. Expected images or texts in a folder for each class."
    tables = [name for name in tree.files if name.lower().endswith((*TABLES, ".npy"))]
    if tables:
        some = ", ".join(tables[:8]) + (", …" if tables[8:] else "")
        return f"{tree.source} holds several tables: {some}. Name one of them, or call them train, val and test."
    kinds = Counter(PurePosixPath(name).suffix or "no suffix" for name in tree.files).most_common(4)
    found = ", ".join(f"{count} × {kind}" for kind, count in kinds)
    return (
        f"{tree.source} holds neither images nor texts. Got {found}. Expected {', '.join(SUFFIXES[:6])} … or .txt in a "
        "folder for each class, or the path of a table."
    )


def placed(files: Sequence[str]) -> list[tuple[str, str | None, str | None]]:
    """File, split and class of each: the split is a folder called so, the class the first folder below it."""
    folders = [list(PurePosixPath(name).parts[:-1]) for name in files]
    while all(folders) and len({parts[0] for parts in folders}) == 1 and split_name(folders[0][0]) is None:
        if all(len(parts) == 1 for parts in folders):
            break
        folders = [parts[1:] for parts in folders]
    made = []
    for name, parts in zip(files, folders, strict=True):
        split = next((split_name(part) for part in parts[:2] if split_name(part)), None)
        rest = [part for part in parts if split is None or split_name(part) != split]
        made.append((name, split, rest[0] if rest else None))
    return made


def _draft(
    tree: Tree, form: Form, files: tuple[tuple[str, str | None], ...], others: int, asked: Asked, split: int,
    _first: Draft | None,
) -> Draft:  # fmt: skip
    labelled: list[tuple[str, str | None]] = [(name, label) for name, label in files if label is not None]
    loose = [name for name, label in files if label is None]
    notes = [f"files of other kinds that are left out: {others}"] if others else []
    used = labelled or list(files)
    if not labelled:
        notes.append("no folder for each class: there are no labels")
        loose = []
    rows = positions_of(len(used), asked.settings.rows, asked.settings.seed + split)
    names = tuple(used[at][0] for at in rows)
    labels = Labels(_objects([label for _, label in labelled]), ("class",)) if labelled else Labels(None)
    common = {
        "source": tree.source, "total": len(used), "rows": rows, "form": form, "names": names, "notes": tuple(notes),
        "unlabelled_files": tuple(loose), "profiles": profile_of_labels(labels, split, asked.settings),
        **labels.at(rows),
    }  # fmt: skip
    if form is Form.TEXT:
        texts = []
        for at, name in enumerate(names):
            if at % 500 == 0:
                asked.progress(f"reading {tree.source}", at / len(names))
            texts.append(_text(tree.read(name)))
        return Draft(**common, texts=tuple(texts))
    if tree.folder is not None:
        folder = tree.folder
        images = image_files([folder / name for name in names])
    else:
        images = image_bytes(lambda at: tree.read(names[at]), names)
    return Draft(**common, images=images, shape=_shape(images, len(names)))


def _shape(images: object, count: int) -> tuple[int, ...]:
    """Of the first images, if they agree."""
    from unstuck.analysis.data.images import Images, UnreadableImage

    assert isinstance(images, Images)
    shapes = set()
    for at in range(min(count, 20)):
        try:
            shapes.add(images.load(at).shape)
        except UnreadableImage:
            continue
    return tuple(int(size) for size in shapes.pop()) if len(shapes) == 1 else ()


def _objects(values: Sequence[object]) -> Array:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
