"""Dask frames: every partition is profiled where it lies, on Dask's workers, and the profiles are merged."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.cells import Cells
from unstuck.audit.sources.column_profiles import MOST_UNREADABLE, ColumnReader
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.frames import FrameTable, frame_table
from unstuck.audit.sources.parts import Asked
from unstuck.audit.sources.sampling import joined
from unstuck.audit.sources.table import PROBE_ROWS, draft_of_table
from unstuck.audit.sources.table_forms import in_form
from unstuck.core.errors import UsageError
from unstuck.record.events.data.marks import Marks


class Part(NamedTuple):
    """What comes back from a worker."""

    rows: int
    readers: tuple[ColumnReader, ...]
    keys: Array
    positions: Array
    columns: tuple[Array, ...]


def is_dask(source: object) -> bool:
    """Whether it is a frame of Dask."""
    root = type(source).__module__.split(".")[0]
    return root.startswith("dask") and "dask" in sys.modules and hasattr(source, "to_delayed")


def draft_of_dask(frame: Any, name: str, asked: Asked, split: int, first: Draft | None) -> Draft:
    """Types from the first rows; then one task for each partition, and the results merged.

    Raises:
        UsageError: there are no rows, or a task failed.
    """
    settings = asked.settings
    if not hasattr(frame, "columns"):
        raise UsageError(f"{name} is a Dask collection without columns. Expected a DataFrame.")
    try:
        head = frame.head(PROBE_ROWS, npartitions=min(frame.npartitions, 4), compute=True)
    except Exception as error:  # a task of the user's may do anything
        raise UsageError(f"{name} cannot be computed: {type(error).__name__}: {error}.") from error
    if not len(head):
        head = frame.head(PROBE_ROWS, npartitions=-1)
    small = draft_of_table(frame_table(head, name), split, settings, first, asked.progress)
    parts = _computed(frame, small, settings, split, name)
    asked.progress(f"reading {name}", 1.0)
    merged = MergedTable(small, parts, settings.rows, name)
    whole = draft_of_table(merged, split, replace(settings, types=merged.types), first, asked.progress)
    given = {profile.name: profile.type_given for profile in small.profiles}
    profiles = tuple(
        replace(reader.profile(split), type_given=given.get(reader.name, False)) for reader in merged.readers
    )
    events = tuple(
        replace(event, rows=tuple(int(merged.positions[row]) for row in event.rows), **merged.marks(event.column))
        for event in whole.events if isinstance(event, Marks)
    )  # fmt: skip
    draft = replace(
        whole, rows=merged.positions[whole.rows], total=sum(part.rows for part in parts), profiles=profiles,
        events=events, values_of_label=merged.labels(whole.label_names),
        notes=(*small.notes, f"{len(parts)} partitions, profiled on Dask's workers"),
    )  # fmt: skip
    return in_form(draft, settings, first, None)


def _computed(frame: Any, small: Draft, settings: AuditSettings, split: int, name: str) -> list[Part]:
    dask: Any = sys.modules["dask"]
    types = {profile.name: profile for profile in small.profiles}
    readers = tuple(ColumnReader(column, types[column].type, target=column in small.label_names) for column in types)
    task = dask.delayed(profiled)
    partitions = frame.to_delayed()
    try:
        return list(dask.compute(*(
            task(partition, readers, small.names_of_all, settings.rows, (settings.seed, split, at))
            for at, partition in enumerate(partitions)
        )))  # fmt: skip
    except Exception as error:  # a task of the user's may do anything
        raise UsageError(f"{name} cannot be computed: {type(error).__name__}: {error}.") from error


def profiled(
    frame: Any, readers: Sequence[ColumnReader], names: Sequence[str], most: int, seed: Sequence[int]
) -> Part:  # fmt: skip
    """Profile one partition; runs on a worker.

    Args:
        frame: of the partition.
        readers: one for each column that is looked at, without values.
        names: of all columns, in their order.
        most: rows of the sample.
        seed: of the partition.
    """
    table = frame_table(frame, "partition")
    assert isinstance(table, FrameTable)
    columns = [list(names).index(reader.name) for reader in readers]
    own = tuple(reader.fresh() for reader in readers)
    pieces: list[Sequence[Cells]] = list(table.batches(columns))
    for batch in pieces:
        for reader, cells in zip(own, batch, strict=True):
            reader.update(cells.values)
    count = sum(len(batch[0].values) for batch in pieces)
    keys = np.random.default_rng(list(seed)).random(count)
    kept = np.arange(count) if count <= most else np.sort(np.argpartition(keys, most - 1)[:most])
    whole = tuple(joined([batch[at].values for batch in pieces])[kept] for at in range(len(own))) if pieces else ()
    return Part(count, own, keys[kept], kept, whole)


class MergedTable:
    """The samples of all partitions as a table."""

    def __init__(self, small: Draft, parts: Sequence[Part], most: int, source: str) -> None:
        self.source, self.named = source, True
        self.notes: list[str] = []
        full = [part for part in parts if part.rows]
        self.readers = [reader.fresh() for reader in parts[0].readers]
        for part in full:
            for own, other in zip(self.readers, part.readers, strict=True):
                own.merge(other)
        self.names = tuple(reader.name for reader in self.readers)
        self.types: Mapping[str, Any] = {reader.name: reader.type for reader in self.readers}
        starts = np.cumsum([0, *(part.rows for part in full)])
        positions = np.concatenate([part.positions + start for part, start in zip(full, starts, strict=False)])
        keys = np.concatenate([part.keys for part in full])
        kept = np.arange(len(keys)) if len(keys) <= most else np.sort(np.argpartition(keys, most - 1)[:most])
        self.positions = positions[kept]
        self._columns = [joined([part.columns[at] for part in full])[kept] for at in range(len(self.names))]

    def share(self) -> float:
        """All is there."""
        return 1.0

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """All at once."""
        yield [Cells(self._columns[at]) for at in columns]

    def marks(self, name: str) -> dict[str, Any]:
        """Counts of the marks of a column over all rows."""
        reader = self.readers[self.names.index(name)]
        return {
            "marks": tuple(reader.marks.most_common(MOST_UNREADABLE)), "marked": sum(reader.marks.values()),
            "unreadable": tuple(reader.unreadable.most_common(MOST_UNREADABLE)),
            "not_numbers": sum(reader.unreadable.values()),
        }  # fmt: skip

    def labels(self, names: Sequence[str]) -> tuple[object, ...] | None:
        """The different labels of all rows."""
        reader = next((reader for reader in self.readers if len(names) == 1 and reader.name == names[0]), None)
        return None if reader is None or reader.seen is None else tuple(reader.seen)
