"""The facts section of a record in which nothing is trained: tables of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.view import datasets
from unstuck.analysis.probe.view import probe_views
from unstuck.core.words import count, number
from unstuck.record.manifest import RecordKind
from unstuck.show.advice_table import advice_tables
from unstuck.show.baseline_tables import baseline_tables
from unstuck.show.facts_table import FactsTable
from unstuck.show.model_tables import model_tables
from unstuck.show.probe_words import layer_table, signal_table
from unstuck.show.study_tables import study_tables

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.events.data.columns import ColumnProfile
    from unstuck.record.reader import Record

MOST_ROWS = 400
HEAD = ("column", "type", "values", "missing", "distinct", "mean", "std", "min", "max", "most frequent")


def facts_of(record: Record) -> tuple[FactsTable, ...]:
    """What simple models reach, advice, then one table of columns for each split of a data record; none for a run."""
    if record.manifest.kind is RecordKind.STUDY:
        return study_tables(record)
    if record.manifest.kind is RecordKind.MODEL:
        return model_tables(record)
    if record.manifest.kind is RecordKind.PROBE:
        tables = (table for view in probe_views(record) for table in (layer_table(view), signal_table(view)))
        return tuple(table for table in tables if table is not None)
    if record.manifest.kind is not RecordKind.DATA:
        return ()
    views = datasets(record)
    advice = (table for view in views for table in advice_tables(view))
    return (*baseline_tables(record), *advice, *(_columns(view) for view in views if view.features))


def _columns(view: DatasetView) -> FactsTable:
    split = view.split
    target = f", target `{split.target}`" if split.target else ""
    rows = [_row(column) for column in view.columns]
    used = [at for at in range(len(HEAD)) if at == 0 or any(row[at] for row in rows)]
    return FactsTable(
        title=f"Columns of {split.name} ({count(split.rows, 'row')}{target})",
        head=tuple(HEAD[at] for at in used),
        rows=tuple(tuple(row[at] for at in used) for row in rows[:MOST_ROWS]),
        num_left_out=max(0, len(rows) - MOST_ROWS),
    )


def _row(column: ColumnProfile) -> tuple[str, ...]:
    often = f"{column.most_common} ({number(column.most_common_count or 0)} ×)" if column.most_common else ""
    return (
        column.name, column.type, number(column.count), number(column.missing) if column.missing else "",
        *("" if value is None else number(value)
          for value in (column.distinct, column.mean, column.std, column.min, column.max)),
        often,
    )  # fmt: skip
