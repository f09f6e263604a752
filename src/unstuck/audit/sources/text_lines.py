"""Text files with one text in each line."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.labels import labels_of, profile_of_labels
from unstuck.audit.sources.parts import Asked, Parts
from unstuck.audit.sources.sampling import RowSampler
from unstuck.core.data_types import Form
from unstuck.core.errors import UsageError

LINES = 50_000


def parts_of_lines(path: Path, asked: Asked) -> Parts:
    """One split; labels are the lines of a second file, if the target names one."""
    target = asked.settings.target
    beside = Path(target[0]) if len(target) == 1 and Path(target[0]).is_file() else None
    if target and beside is None:
        raise UsageError(
            f"{path} holds one text in each line and no columns. Its labels are a file with as many lines. Got "
            f"--target {target[0]}, which is no file."
        )
    return {"": partial(_draft, path, beside, asked)}


def _sampled(path: Path, asked: Asked, split: int) -> tuple[int, Array, Array]:
    """Number of lines, positions of some, and these."""
    sampler = RowSampler(asked.settings.rows, asked.settings.seed + split)
    held: list[str] = []
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            for line in file:
                held.append(_decoded(line).rstrip("\r\n"))
                if len(held) == LINES:
                    sampler.add([_objects(held)])
                    held = []
    except EOFError as error:
        raise UsageError(f"{path} cannot be read to its end: {error}.") from error
    sampler.add([_objects(held)])
    rows, columns = sampler.rows()
    return sampler.seen, rows, columns[0]


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _objects(lines: list[str]) -> Array:
    made = np.empty(len(lines), dtype=object)
    made[:] = lines
    return made


def _draft(path: Path, beside: Path | None, asked: Asked, split: int, first: Draft | None) -> Draft:
    total, rows, texts = _sampled(path, asked, split)
    if not total or not any(text.strip() for text in texts):
        raise UsageError(f"{path} is empty. Expected one text in each line.")
    labels = None
    if beside is not None and first is None:
        count, _, labels = _sampled(beside, asked, split)
        if count != total:
            raise UsageError(f"{path} has {total} lines, {beside} {count}. Each text needs one label.")
    y = labels_of(labels, len(rows), str(path))
    return Draft(
        source=str(path), total=total, rows=rows, form=Form.TEXT, texts=tuple(texts.tolist()),
        notes=("one text in each line",), profiles=profile_of_labels(y, split, asked.settings),
        **y.at(np.arange(len(rows))),
    )  # fmt: skip
