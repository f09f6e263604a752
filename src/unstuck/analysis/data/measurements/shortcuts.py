"""Nuisances that predict the label, and columns that predict it in training only."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.shortcuts import shortcuts
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.shortcuts import Shortcut

TITLE = "shortcuts"
MEASURES: tuple[type[DataEvent], ...] = (Shortcut,)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """Of the training split: what is learned is learned there."""
    yield from shortcuts(dataset.train)
