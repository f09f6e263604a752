"""How many examples each class of a split has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.record.events.data.labels import ClassBalance

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView


def class_counts(view: DatasetView) -> tuple[tuple[str, int], ...]:
    """(class, examples), the most frequent first; empty where they were not counted.

    All rows are counted where the target has a profile, else the examples that are looked at.
    """
    if not view.split.task.has_classes:
        return ()
    target = next((column for column in view.columns if column.name == view.split.target), None)
    if target is not None and target.values:
        return tuple(sorted(target.values, key=lambda pair: -pair[1]))
    balance = view.one(ClassBalance)
    return () if balance is None else tuple(zip(balance.classes, balance.counts, strict=True))
