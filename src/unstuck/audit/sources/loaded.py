"""One split as it was read."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.analysis.data.sample import Sample
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample
from unstuck.record.events.data.splits import Split


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """One split: what it is, profiles of all its rows, and the examples that are looked at."""

    split: Split
    sample: Sample
    profiles: tuple[ColumnProfile, ...] = ()
    events: tuple[DataEvent, ...] = ()
    """what was seen while it was read"""
    batches: tuple[ShownExample, ...] = ()
    """random batches of a loader, as the network receives them"""
