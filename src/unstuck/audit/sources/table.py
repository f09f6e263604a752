"""Tables: read in batches, every column profiled over all rows, and a random sample of rows kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from unstuck.analysis.data.cell_values import plain
from unstuck.analysis.data.column_types import infer_type
from unstuck.analysis.data.measure import Progress
from unstuck.analysis.data.sample import Array, Column
from unstuck.analysis.data.task import infer_task
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.cells import Cells
from unstuck.audit.sources.column_profiles import ColumnReader, as_cells, marks_of
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.roles import Roles, listed, roles_of
from unstuck.audit.sources.sampling import RowSampler, joined
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.errors import UsageError
from unstuck.record.events.data.columns import ColumnProfile

PROBE_ROWS = 50_000
"""rows that types are inferred from, before the rest is streamed"""
MOST_COLUMNS = 2_000
"""columns that are looked at; of a wider table they are chosen at even distances"""


class Table(Protocol):
    """Rows of named columns that can be read more than once."""

    source: str
    names: tuple[str, ...]
    named: bool
    """the names are the source's own"""
    notes: list[str]

    def batches(self, columns: Sequence[int]) -> Iterator[Sequence[Cells]]:
        """All rows in their order, batch by batch: one `Cells` for each of these columns."""

    def share(self) -> float:
        """Of the rows that were read by now; for the progress."""


@dataclass
class _Stream:
    """One pass over a table."""

    sampler: RowSampler
    held: list[Sequence[Cells]] = field(default_factory=list)
    readers: list[ColumnReader] | None = None

    def raw(self, at: int) -> Array:
        return joined([batch[at].values for batch in self.held])


def draft_of_table(
    table: Table, split: int, settings: AuditSettings, first: Draft | None, progress: Progress, *,
    labels_apart: bool = False, inputs_apart: bool = False,
) -> Draft:  # fmt: skip
    """Read a table.

    Args:
        table: to read.
        split: id.
        settings: of the audit.
        first: the training split, whose column types hold for all.
        progress: is called with each batch.
        labels_apart: all columns are inputs.
        inputs_apart: there are inputs besides the columns, so that all of these may be targets.

    Raises:
        UsageError: the table has no rows, or lacks a column that was named.
    """
    names = _unique(_same_names(table, first), table.notes)
    roles = roles_of(
        names, settings, table.source, named=table.named, required=first is None, apart=labels_apart,
        inputs_apart=inputs_apart, example=_example(table),
    )  # fmt: skip
    table.notes.extend(roles.notes)
    unknown = sorted(set(settings.types) - set(names))
    if unknown and first is None:
        raise UsageError(f"{table.source} has no column {unknown[0]!r} (--type). {listed(names)}")
    chosen = _chosen(len(names), roles, table.notes)
    stream = _streamed(table, names, chosen, roles, split, settings, first, progress)
    if stream.readers is None:
        raise UsageError(f"{table.source} holds no rows. {listed(names)} An audit needs at least one row.")
    rows, raw = stream.sampler.rows()
    if first is None and stream.sampler.seen > PROBE_ROWS:
        _judged_again(table, stream.readers, chosen, raw, stream.sampler.seen)
    return _draft(table, names, chosen, roles, stream, rows, raw, split)


def _same_names(table: Table, first: Draft | None) -> tuple[str, ...]:
    """Without a header the names of the training split hold."""
    if first is None or not first.names_of_all:
        return table.names
    if not table.named:
        if len(table.names) != len(first.names_of_all):
            raise UsageError(
                f"{table.source} has {len(table.names)} columns and no header row, the training split "
                f"({first.source}) {len(first.names_of_all)}. Give both the same columns, or a header."
            )
        return first.names_of_all
    if not set(table.names) & set(first.names_of_all):
        raise UsageError(
            f"{table.source} has no column of the training split ({first.source}). {listed(table.names)} Expected: "
            f"{listed(first.names_of_all)} If it has no header row, say --no-header."
        )
    lost = [name for name in first.names_of_all if name not in table.names]
    if lost:
        table.notes.append(f"lacks {len(lost)} columns of the training split: {', '.join(lost[:5])}")
    return table.names


def _unique(names: Sequence[str], notes: list[str]) -> tuple[str, ...]:
    """Names that differ: a second ``age`` becomes ``age (2)``."""
    seen: dict[str, int] = {}
    unique = []
    for at, given in enumerate(names):
        name = given if given.strip() else f"column_{at + 1}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    twice = [name for name, count in seen.items() if count > 1]
    if twice:
        more = f", and so for {len(twice) - 1} other names" if twice[1:] else ""
        notes.append(f"several columns are called {twice[0]!r}{more}")
    return tuple(unique)


def _example(table: Table) -> str:
    """The first row in a message, where columns have no names."""
    if table.named:
        return ""
    batch = next(iter(table.batches(range(min(8, len(table.names))))), None)
    if batch is None or not len(batch[0].values):
        return ""
    return f"First row: {', '.join(_shown(cell.values[0]) for cell in batch)}{', …' if len(table.names) > 8 else ''}. "


def _shown(value: object) -> str:
    return plain(float(value)) if isinstance(value, float) and value == value else str(value)


def _chosen(width: int, roles: Roles, notes: list[str]) -> list[int]:
    if width <= MOST_COLUMNS:
        return list(range(width))
    even = np.linspace(0, width - 1, MOST_COLUMNS).astype(int).tolist()
    notes.append(f"{MOST_COLUMNS} of {width} columns are looked at")
    return sorted({*even, *roles.taken})


def _streamed(
    table: Table, names: Sequence[str], chosen: Sequence[int], roles: Roles, split: int, settings: AuditSettings,
    first: Draft | None, progress: Progress,
) -> _Stream:  # fmt: skip
    stream = _Stream(RowSampler(settings.rows, settings.seed + split))
    held_rows = 0
    for batch in table.batches(chosen):
        count = len(batch[0].values)
        if not count:
            continue
        progress(f"reading {table.source}", table.share())
        stream.sampler.add([column.values for column in batch])
        if stream.readers is None:
            stream.held.append(batch)
            held_rows += count
            if held_rows >= PROBE_ROWS:
                _begin(stream, names, chosen, roles, settings, first)
        else:
            for reader, column in zip(stream.readers, batch, strict=True):
                reader.update(column.values)
    if stream.readers is None and stream.held:
        _begin(stream, names, chosen, roles, settings, first)
    return stream


def _begin(
    stream: _Stream, names: Sequence[str], chosen: Sequence[int], roles: Roles, settings: AuditSettings,
    first: Draft | None,
) -> None:  # fmt: skip
    """Infer the types from the rows that are held, and profile these."""
    known = known_types(settings, first)
    stream.readers = []
    for at, place in enumerate(chosen):
        values = stream.raw(at)
        kind = known.get(names[place]) or stream.held[0][at].hint
        if kind is None and place in roles.targets:
            kind = _type_of_target(values, len(roles.targets), settings)
        if kind is None:
            kind = ColumnType.CATEGORY if place == roles.group else infer_type(names[place], values)
        if place == roles.time and kind is not ColumnType.NUMBER:
            kind = ColumnType.TIME
        reader = ColumnReader(
            names[place], kind, given=names[place] in settings.types, hinted=stream.held[0][at].hint is not None,
            target=place in roles.targets,
        )  # fmt: skip
        reader.update(values)
        stream.readers.append(reader)
    stream.held = []


def known_types(settings: AuditSettings, first: Draft | None) -> Mapping[str, ColumnType]:
    """Types that the user gave, and those of the training split."""
    if first is None:
        return settings.types
    return {**{profile.name: profile.type for profile in first.profiles}, **settings.types}


def _type_of_target(values: Array, width: int, settings: AuditSettings) -> ColumnType:
    task = settings.task or infer_task(values)
    if task is Task.SEQUENCE:
        return ColumnType.TEXT
    numeric = task in (Task.REGRESSION, Task.MULTI_LABEL) or width > 1
    return ColumnType.NUMBER if numeric else ColumnType.CATEGORY


def _judged_again(
    table: Table, readers: list[ColumnReader], chosen: Sequence[int], raw: Sequence[Array], total: int
) -> None:
    """Read columns again whose type is another one in the sample of all rows than in the first rows."""
    wrong = []
    for at, reader in enumerate(readers):
        if reader.given or reader.hinted or reader.target or reader.type is ColumnType.TIME:
            continue
        kind = infer_type(reader.name, raw[at], total)
        if kind is not reader.type:
            readers[at] = ColumnReader(reader.name, kind)
            wrong.append(at)
    if wrong:
        for batch in table.batches([chosen[at] for at in wrong]):
            for at, column in zip(wrong, batch, strict=True):
                readers[at].update(column.values)


def _draft(
    table: Table, names: Sequence[str], chosen: Sequence[int], roles: Roles, stream: _Stream, rows: Array,
    raw: Sequence[Array], split: int,
) -> Draft:  # fmt: skip
    assert stream.readers is not None
    columns: dict[int, Column] = {}
    profiles: list[ColumnProfile] = []
    events = []
    for place, values, reader in zip(chosen, raw, stream.readers, strict=True):
        column = Column(name=reader.name, type=reader.type, values=as_cells(values, reader.type))
        columns[place] = column
        profiles.append(reader.profile(split))
        found = marks_of(reader, split, values, column, rows)
        if found is not None:
            events.append(found)
    at_of = {place: at for at, place in enumerate(chosen)}
    labels = [whole_numbers(raw[at_of[place]]) for place in roles.targets]
    group = None if roles.group is None else columns[roles.group]
    time = None if roles.time is None else columns[roles.time]
    return Draft(
        source=table.source, total=stream.sampler.seen, rows=rows, form=Form.TABLE,
        columns=tuple(column for place, column in columns.items() if place not in roles.taken),
        label_names=tuple(names[place] for place in roles.targets), labels=_together(labels),
        values_of_label=_labels(stream, at_of, roles),
        group=group.name if group else None, groups=as_cells(raw[at_of[roles.group]], ColumnType.CATEGORY)
        if roles.group is not None else None,
        time=time.name if time else None, times=time.values if time else None,
        profiles=tuple(profiles), events=tuple(events), notes=tuple(table.notes), names_of_all=tuple(names),
    )  # fmt: skip


def whole_numbers(labels: Array) -> Array:
    """Labels as whole numbers where all are: cells of numbers are floats, whatever the source has."""
    if labels.dtype == object:
        return labels
    missing = np.isnan(labels)
    known = labels[~missing]
    if not len(known) or not np.all(np.abs(known) < 2**53) or np.any(known != np.round(known)):
        return labels
    if not missing.any():
        return labels.astype(np.int64)
    made = np.empty(len(labels), dtype=object)
    made[:] = [None if value != value else int(value) for value in labels.tolist()]
    return made


def _labels(stream: _Stream, at_of: Mapping[int, int], roles: Roles) -> tuple[object, ...] | None:
    if len(roles.targets) != 1 or stream.readers is None:
        return None
    seen = stream.readers[at_of[roles.targets[0]]].seen
    return None if seen is None else tuple(seen)


def _together(labels: Sequence[Array]) -> Array | None:
    if not labels:
        return None
    if len(labels) == 1:
        return labels[0]
    if all(one.dtype != object for one in labels):
        return np.stack(labels, axis=1)  # float64 where one of them is
    return np.stack([one.astype(object) for one in labels], axis=1)
