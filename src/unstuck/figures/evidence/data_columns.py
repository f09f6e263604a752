"""The column that a finding about data names: its histogram, the values that are meant, the other splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars, Moment
from unstuck.core.histogram import Histogram, Histograms
from unstuck.core.words import number, share
from unstuck.figures.data.columns import MOST_VALUES, note_of, steps_of, value_bars
from unstuck.figures.evidence.evidence_figure import EvidenceFigure
from unstuck.record.events.data.columns import ColumnProfile

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.finding import Finding

NAMED = {"sentinel_value": "stands for missing", "farthest": "farthest"}
"""keys of evidence whose value lies on the axis, and what stands beside it"""


def values(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """All values of the column, those that the evidence names marked."""
    column = _column(finding, view)
    if column is None:
        return None
    steps = steps_of(column, column.name)
    if steps is None:
        if not column.values:
            return None
        bars = value_bars(column)
        return EvidenceFigure(figure=bars, sentence=f"{note_of(column)[0].upper()}{note_of(column)[1:]}.")
    marked = [(item.value, NAMED[item.key]) for item in finding.evidence if item.key in NAMED]
    moments = tuple(
        Moment(x=value, label=f"{number(value)}: {what}") for value, what in marked
        if steps.edges[0] <= value <= steps.edges[-1]
    )  # fmt: skip
    panel = Histogram(
        title=column.name, description=f"Histogram of {column.name}.", steps=(steps,), note=note_of(column),
        moments=moments,
    )  # fmt: skip
    whole = Histograms(title=f"Values of {column.name}", description="", panels=(panel,))
    return EvidenceFigure(figure=whole, sentence="")


def both_splits(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """The column in this split over the same column of the training split."""
    column = _column(finding, view)
    training = None if column is None else _of_training(column, view)
    if column is None or training is None or view.split.id == 0:
        return None
    train = view.splits[0].name
    first, second = steps_of(training, train), steps_of(column, view.split.name, marked=True)
    title = f"{column.name} in {train} and in {view.split.name}"
    if first is None or second is None:
        return _categories(training, column, title, (train, view.split.name))
    means = [f"mean {number(one.mean)} in {name}" for one, name in ((training, train), (column, view.split.name))
             if one.mean is not None]  # fmt: skip
    panel = Histogram(title=column.name, description=", ".join(means), steps=(first, second), note="; ".join(means))
    return EvidenceFigure(figure=Histograms(title=title, description="", panels=(panel,)), sentence="")


def _categories(
    training: ColumnProfile, column: ColumnProfile, title: str, groups: tuple[str, str]
) -> EvidenceFigure | None:
    first, second = dict(training.values), dict(column.values)
    if not first or not second:
        return None
    total, of_this = max(1, training.count), max(1, column.count)
    names = sorted({*first, *second}, key=lambda name: -abs(first.get(name, 0) / total - second.get(name, 0) / of_this))
    bars = tuple(
        Bar(name=name or "(empty)", value=first.get(name, 0) / total, beside=second.get(name, 0) / of_this,
            note=share(first.get(name, 0) / total))
        for name in names[: 2 * MOST_VALUES]
    )  # fmt: skip
    high = max(value for bar in bars for value in (bar.value, bar.beside or 0.0))
    figure = Bars(
        title=title, description="The values that differ most stand first.", bars=bars, groups=groups,
        x=Axis(label="values", unit="share", low=0.0, high=high or 1.0),
    )  # fmt: skip
    return EvidenceFigure(figure=figure, sentence="The values that differ most stand first.")


def _column(finding: Finding, view: DatasetView) -> ColumnProfile | None:
    return next((column for column in view.columns if column.name == finding.place.column), None)


def _of_training(column: ColumnProfile, view: DatasetView) -> ColumnProfile | None:
    profiles = (one for part in view.record.parts for one in part.of(ColumnProfile))
    return next((one for one in profiles if one.split == 0 and one.name == column.name), None)
