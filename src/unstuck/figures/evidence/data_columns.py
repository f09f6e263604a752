"""The column that a finding about data names: its histogram, the values that are meant, the other splits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstuck.core.data_types import ColumnType
from unstuck.core.figure import Axis, Bar, Bars, Moment
from unstuck.core.histogram import Histogram, Histograms
from unstuck.core.words import number, share
from unstuck.figures.data.columns import MOST_VALUES, density, note_of, steps_of, value_bars
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.values import OutlierFacts, RedundantColumn, SkewedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.finding import Finding

SENTINEL = "sentinel_value"
"""key of the evidence that names a value which stands for a missing one"""
MOST_SCALES = 6
"""columns with the largest, and with the smallest spread"""


def values(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """All values of the column, those that the evidence names marked."""
    column = _column(finding, view)
    if column is None:
        return None
    steps = steps_of(column, column.name)
    if steps is None:
        if not column.values:
            return None
        bars = with_missing(value_bars(column), column)
        return EvidenceFigure(figure=bars, sentence=f"{note_of(column)[0].upper()}{note_of(column)[1:]}.")
    moments = tuple(
        moment for moment in _moments(finding, view) if steps.edges[0] <= moment.x <= steps.edges[-1]
    )  # fmt: skip
    panel = Histogram(
        title="", description=f"Histogram of {column.name}.", steps=(steps,), note=note_of(column),
        moments=moments,
    )  # fmt: skip
    whole = Histograms(title=f"Values of {column.name}", description="", panels=(panel,))
    return EvidenceFigure(figure=whole, sentence="")


def _moments(finding: Finding, view: DatasetView) -> Iterator[Moment]:
    """The values of the column that are meant."""
    sentinel = finding.measured(SENTINEL)
    if sentinel is not None:
        yield Moment(x=sentinel.value, label=f"{number(sentinel.value)}: stands for missing")
    for event in view.of(OutlierFacts):
        if event.name == finding.place.column:
            yield Moment(x=event.farthest, label=f"farthest: {number(event.farthest)}")


def with_missing(bars: Bars, column: ColumnProfile) -> Bars:
    """Shares of all rows, with a bar for the values that are missing."""
    total = column.count + column.missing
    if not column.missing or not total:
        return bars
    present = column.count / total
    shares = [(bar.name, bar.value * present, False) for bar in bars.bars]
    shares.append(("missing", column.missing / total, True))
    made = tuple(Bar(name=name, value=value, note=share(value), marked=marked) for name, value, marked in shares)
    return replace(bars, bars=made, x=replace(bars.x, high=max(bar.value for bar in made)))


def transformed(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """A skewed column before and after the transform that fixes it."""
    event = next((event for event in view.of(SkewedColumn) if event.name == finding.place.column), None)
    if event is None:
        return None
    drawn = [
        (name, skewness, density(counts, ends, name))
        for name, skewness, counts, ends in (
            ("as it is", event.skewness, event.before, event.before_range),
            (f"after {event.transform}", event.skewness_after, event.after, event.after_range),
        )
    ]
    panels = tuple(
        Histogram(
            title=name, description=f"{event.name} {name}.", steps=(steps,), note=f"skewness {number(skewness)}"
        )
        for name, skewness, steps in drawn if steps is not None and skewness is not None
    )  # fmt: skip
    if not panels:
        return None
    return EvidenceFigure(
        figure=Histograms(title=f"{event.name} before and after", description="", panels=panels), sentence="",
        decided=(("skewness", event.skewness),),
    )


def beside(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """A column and the other one that it follows from."""
    event = next((event for event in view.of(RedundantColumn) if event.name == finding.place.column), None)
    if event is None:
        return None
    named = {column.name: column for column in view.columns}
    panels = []
    for name in (event.of, event.name):
        steps = steps_of(named[name], name) if name in named else None
        if steps is None:
            return None
        panels.append(Histogram(title=name, description=f"Histogram of {name}.", steps=(steps,)))
    title = f"{event.name} beside {event.of}"
    return EvidenceFigure(
        figure=Histograms(title=title, description="", panels=tuple(panels)),
        sentence=f"Correlation {number(event.correlation)}.",
    )


def scales(_finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """The standard deviations of the columns of numbers, the largest first."""
    spread = sorted(
        ((column.std, column.name) for column in view.features if column.type is ColumnType.NUMBER and column.std),
        reverse=True,
    )
    if len(spread) < 2:
        return None
    shown = spread if len(spread) <= 2 * MOST_SCALES else [*spread[:MOST_SCALES], *spread[-MOST_SCALES:]]
    scale = axis("standard deviation", [std for std, _ in shown], zero=True, wide=10.0)
    last = len(shown) - 1
    figure = Bars(
        title="Scales of the columns", description=f"From {number(shown[-1][0])} to {number(shown[0][0])}.", x=scale,
        bars=tuple(
            Bar(name=name, value=std, note=number(std), marked=at in (0, last)) for at, (std, name) in enumerate(shown)
        ),
    )  # fmt: skip
    left_out = len(spread) - len(shown)
    return EvidenceFigure(figure=figure, sentence=f"{number(left_out)} columns between them." if left_out else "")


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
    panel = Histogram(title="", description=", ".join(means), steps=(first, second), note="; ".join(means))
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
