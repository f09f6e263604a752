"""How many examples each class of a split has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView


def class_counts(view: DatasetView) -> tuple[tuple[str, int], ...]:
    """(class, examples), the most frequent first; empty where they were not counted."""
    if not view.split.task.has_classes:
        return ()
    target = next((column for column in view.columns if column.name == view.split.target), None)
    return () if target is None else tuple(sorted(target.values, key=lambda pair: -pair[1]))
