"""A split as its source gives it, before the classes of all splits are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Array, Column
from unstuck.core.data_types import Form
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample


@dataclass(frozen=True, eq=False, kw_only=True)
class Draft:
    """A split as it was read. *n* examples are looked at.

    Events have the split's id already; targets are as the source has them.
    """

    source: str
    total: int
    """examples of the split"""
    rows: Array  # (n,)
    """positions of those that are looked at, ascending"""
    form: Form
    columns: tuple[Column, ...] = ()
    images: Images | None = None
    texts: tuple[str, ...] | None = None
    tokens: Array | None = None
    names: tuple[str, ...] | None = None
    """path or key of each example"""
    shape: tuple[int, ...] = ()
    label_names: tuple[str, ...] = ()
    labels: Array | None = None  # (n,) or (n, k)
    """as given"""
    values_of_label: tuple[object, ...] | None = None
    """different labels of all rows, where ``labels`` is only a part; None: unknown or too many"""
    class_names: tuple[str, ...] | None = None
    """names of the classes where the labels are their numbers"""
    group: str | None = None
    groups: Array | None = None
    time: str | None = None
    times: Array | None = None
    profiles: tuple[ColumnProfile, ...] = ()
    events: tuple[DataEvent, ...] = ()
    batches: tuple[ShownExample, ...] = ()
    notes: tuple[str, ...] = ()
    """how it was read, in words"""
    names_of_all: tuple[str, ...] = ()
    """names of the columns of a table, in the order of the source"""
    read_again: Callable[[int], Array] | None = None
    unlabelled_files: tuple[str, ...] = ()
    target_images: Images | None = None
