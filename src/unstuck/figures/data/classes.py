"""How many examples each class has, split by split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.data.class_counts import class_counts
from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import count, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.data.view import DatasetView

MOST_CLASSES = 20


def class_bars(views: Sequence[DatasetView]) -> tuple[Bars, ...]:
    """Shares of the classes in the training split, each held-out split beside it."""
    counted = [(view, dict(class_counts(view))) for view in views]
    known = [(view, counts) for view, counts in counted if sum(counts.values())]
    if not known:
        return ()
    (train, first), *others = known
    return tuple(_bars(train, first, view, counts) for view, counts in others) or (_bars(train, first, None, {}),)


def _bars(train: DatasetView, first: dict[str, int], view: DatasetView | None, counts: dict[str, int]) -> Bars:
    total, of_other = sum(first.values()), sum(counts.values())
    names = sorted({*first, *counts}, key=lambda name: (-first.get(name, 0), name))
    bars = []
    for name in names[:MOST_CLASSES]:
        other = counts.get(name, 0) / of_other if of_other else None
        note = f"{share(first.get(name, 0) / total)} ({number(first.get(name, 0))})"
        bars.append(Bar(name=name, value=first.get(name, 0) / total, beside=other, note=note))
    if len(names) > MOST_CLASSES:
        rest = names[MOST_CLASSES:]
        other = sum(counts.get(name, 0) for name in rest) / of_other if of_other else None
        bars.append(Bar(
            name=f"{len(rest)} more classes", value=sum(first.get(name, 0) for name in rest) / total, beside=other,
        ))  # fmt: skip
    beside = f" and {view.split.name}" if view is not None else ""
    high = max((value for bar in bars for value in (bar.value, bar.beside or 0.0)), default=1.0)
    return Bars(
        title=f"Classes of {train.split.name}{beside}",
        description=f"{count(len(names), 'class', 'classes')}; the most frequent is {names[0]} with "
        f"{share(bars[0].value)}.",
        x=Axis(label="examples", unit="share", low=0.0, high=high), bars=tuple(bars),
        groups=(train.split.name, view.split.name) if view is not None else (),
    )  # fmt: skip
