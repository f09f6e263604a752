"""Columns of a table as small multiples: a histogram of numbers, bars of categories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unstuck.core.data_types import ColumnType
from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.histogram import Histogram, Steps
from unstuck.core.words import count, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.events.data.columns import ColumnProfile

MOST_VALUES = 5
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFigure:
    """A column with its drawing, where its values can be drawn."""

    name: str
    note: str
    warned: bool
    """values are missing or infinite"""
    figure: Histogram | Bars | None


def column_figures(view: DatasetView) -> tuple[ColumnFigure, ...]:
    """The columns of a split, the target last; of images and texts only what is known besides."""
    targets = {view.split.target, *view.split.targets}
    if not view.features:
        return ()
    ordered = sorted(view.columns, key=lambda column: column.name in targets)
    return tuple(
        ColumnFigure(
            name=f"{column.name} (target)" if column.name in targets else column.name,
            note=note_of(column), warned=bool(column.missing or column.infinite), figure=_figure(column),
        )
        for column in ordered[:MOST_COLUMNS]
    )  # fmt: skip


def note_of(column: ColumnProfile) -> str:
    """``number, 5 % missing``."""
    total = column.count + column.missing
    parts = [f"{column.type}{' (given)' if column.type_given else ''}"]
    if column.missing and total:
        parts.append(f"{share(column.missing / total)} missing")
    if column.infinite:
        parts.append(f"{number(column.infinite)} infinite")
    if column.distinct is not None and column.type is not ColumnType.NUMBER:
        parts.append(count(column.distinct, "distinct value"))
    return ", ".join(parts)


def steps_of(column: ColumnProfile, name: str, *, marked: bool = False) -> Steps | None:
    """The histogram of a profile as a density; None where there is none."""
    if column.min is None or column.max is None:
        return None
    return density(column.histogram, (column.min, column.max), name, marked=marked)


def density(
    counts: Sequence[int], ends: tuple[float, float], name: str, *, marked: bool = False
) -> Steps | None:
    """Counts in bins of equal width between two ends as a density; None where there is nothing to draw."""
    (low, high), total = ends, sum(counts)
    if not math.isfinite(high - low) or not total:
        return None
    if high <= low:
        return Steps(name=name, edges=(low - 0.5, low + 0.5), heights=(1.0,), marked=marked)
    width = (high - low) / len(counts)
    edges = (*(low + width * at for at in range(len(counts))), high)
    return Steps(name=name, edges=edges, heights=tuple(one / total / width for one in counts), marked=marked)


def _figure(column: ColumnProfile) -> Histogram | Bars | None:
    steps = steps_of(column, column.name)
    if column.type is ColumnType.NUMBER and steps is not None:
        middle = "" if column.mean is None else f", mean {number(column.mean)}"
        return Histogram(
            title=f"Values of {column.name}",
            description=f"From {number(column.min or 0.0)} to {number(column.max or 0.0)}{middle}.",
            steps=(steps,),
        )
    return value_bars(column) if column.values and column.type is ColumnType.CATEGORY else None


def value_bars(column: ColumnProfile) -> Bars:
    """The most frequent values of a category, and all others in one bar."""
    shown = column.values[:MOST_VALUES]
    rest = column.count - sum(how_many for _, how_many in shown)
    parts = [(value or "(empty)", how_many / column.count) for value, how_many in shown if column.count]
    if rest > 0 and column.count:
        others = (column.distinct or 0) - len(shown)
        parts.append((f"{number(others)} more" if others > 0 else "others", rest / column.count))
    bars = [Bar(name=name, value=value, note=share(value)) for name, value in parts]
    return Bars(
        title=f"Values of {column.name}", description=", ".join(f"{bar.name} {share(bar.value)}" for bar in bars),
        x=Axis(label="", low=0.0, high=max((bar.value for bar in bars), default=1.0)), bars=tuple(bars),
    )  # fmt: skip
