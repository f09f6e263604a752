"""What was read, in words: source, rows, columns with their types, target, task, classes."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from unstuck.analysis.data.class_counts import class_counts
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.words import clean, count, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.data.view import DatasetView

MOST_CLASSES = 6
MOST_GIVEN = 4
PLURAL = {
    ColumnType.NUMBER: ("number", "numbers"), ColumnType.CATEGORY: ("category", "categories"),
    ColumnType.TEXT: ("text", "texts"), ColumnType.TIME: ("time", "times"),
    ColumnType.IDENTIFIER: ("identifier", "identifiers"),
}  # fmt: skip


def split_in_words(view: DatasetView, *, whole_path: bool = False) -> str:
    """``train.csv: 768 rows, 8 columns (8 numbers), target `y`: binary (inferred), classes: 0 (65 %), 1 (35 %)``."""
    split = view.split
    source = split.source if whole_path else PurePath(split.source).name
    parts = [_rows(view), *_inputs(view), *_target(view)]
    said = ", ".join(parts)
    return clean(f"{source}: {said}" if source else said)


def notes_on_reading(views: Sequence[DatasetView]) -> tuple[str, ...]:
    """How the splits were read, each remark once, with the splits that it is about where it is not about all."""
    about: dict[str, list[str]] = {}
    for view in views:
        for note in view.split.notes:
            about.setdefault(clean(note), []).append(view.split.name)
    return tuple(
        note if len(names) == len(views) else f"{', '.join(names)}: {note}" for note, names in about.items()
    )


def _rows(view: DatasetView) -> str:
    split = view.split
    shape = " × ".join(map(str, split.shape)) if split.form is not Form.TABLE else ""
    rows = count(split.rows, {Form.IMAGE: "image", Form.TEXT: "text", Form.TOKENS: "sequence"}.get(split.form, "row"))
    rows += f" of {shape}" if shape else ""
    if split.looked_at is not None and split.looked_at < split.rows:
        rows += f" ({number(split.looked_at)} of them looked at one by one)"
    return rows


def _inputs(view: DatasetView) -> list[str]:
    said = []
    if view.features:
        types = Counter(column.type for column in view.features)
        named = ", ".join(f"{number(how_many)} {PLURAL[kind][how_many > 1]}" for kind, how_many in types.most_common())
        given = [f"`{column.name}` {column.type}" for column in view.features if column.type_given]
        more = f" and {len(given) - MOST_GIVEN} more" if len(given) > MOST_GIVEN else ""
        set_by_user = f"; given: {', '.join(given[:MOST_GIVEN])}{more}" if given else ""
        said.append(f"{count(len(view.features), 'column')} ({named}{set_by_user})")
    return said


def _target(view: DatasetView) -> list[str]:
    split = view.split
    if split.task is Task.NONE and not split.target:
        return ["no target"]
    names = " ".join(f"`{name}`" for name in (split.targets or (split.target or "",))[:3] if name)
    more = f" and {len(split.targets) - 3} more" if len(split.targets) > 3 else ""
    how = "given" if split.task_given else "inferred"
    said = f"target {names}{more}" + (f": {split.task} ({how})" if split.task is not Task.NONE else "")
    return [part for part in (said, _classes(view), _unlabelled(view)) if part]


def _unlabelled(view: DatasetView) -> str:
    target = next((column for column in view.columns if column.name == view.split.target), None)
    return f"{count(target.missing, 'row')} without a label" if target is not None and target.missing else ""


def _classes(view: DatasetView) -> str:
    counted = class_counts(view)
    total = sum(how_many for _, how_many in counted)
    known = len(view.split.classes) or len(counted)
    if not total:
        return count(known, "class", "classes") if known else ""
    shown = [f"{name} ({share(how_many / total)})" for name, how_many in counted[:MOST_CLASSES]]
    if known > MOST_CLASSES:
        least = f" … {counted[-1][0]} ({share(counted[-1][1] / total)})" if known == len(counted) else " …"
        return f"{known} classes: {', '.join(shown[:3])}{least}"
    return f"classes: {', '.join(shown)}"
