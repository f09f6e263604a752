"""The mean loss of each epoch, and how it changes from one to the next.  K = epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import number
from unstuck.figures.learning_curve import FEW, LARGEST, MOST_SERIES, series_name, span, steps_axis
from unstuck.figures.reduce import mean_by_position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Series, Training
    from unstuck.figures.epochs import Epochs

Array = np.ndarray[Any, Any]
FEWEST, MOSTLY = 4, 0.6
"""changes, and the share of them that must be rises, for a remark"""
Line = tuple[str, int, Array, Array]
"""name, colour group, positions (K,), values (K,)"""


def epoch_means(training: Training, epochs: Epochs, *, log: bool) -> Figure | None:
    """The mean of each loss in each epoch, in the middle of it; held-out losses where they were computed."""
    lines = [line for line in _lines(training, epochs) if len(line[2])]
    curves = [curve for line in lines if (curve := _curve(*line, positive=log))]
    if not curves:
        return None
    values = [value for curve in curves for value in curve.y]
    return Figure(
        title=f"Mean loss per {epochs.name}" + (", log scale" if log else ""),
        description=f"{len(epochs)} values, from {number(lines[0][3][0])} to {number(lines[0][3][-1])}.",
        x=steps_axis(training), y=_axis(f"loss, mean per {epochs.name}", values, log=log), curves=tuple(curves),
    )  # fmt: skip


def epoch_changes(training: Training, epochs: Epochs, *, log: bool) -> Figure | None:
    """The difference of each mean from the one before; on a log scale its size, with rings where the loss rises."""
    curves: list[Curve] = []
    first: Array = np.array([])
    for name, group, x, y in _lines(training, epochs):
        change = np.diff(y)
        if not len(change):
            continue
        first = first if len(first) else change
        if not log:
            curves.append(_line(name, group, x[1:], change))
            continue
        size, falls = np.abs(change), change < 0
        some = size > 0
        rising = some & ~falls
        if some.any():
            curves.append(_line(f"{name}, size of the change", group, x[1:][some], size[some], faint=True))
        if (some & falls).any():
            curves.append(_line(f"{name} falls", group, x[1:][some & falls], size[some & falls], line=False))
        if rising.any():
            curves.append(_line(f"{name} rises", group, x[1:][rising], size[rising], line=False, hollow=True))
    if not curves:
        return None
    values = [value for curve in curves for value in curve.y]
    return Figure(
        title=f"Change of the loss from {_one(epochs)} to the next" + (", log scale" if log else ""),
        description=f"{int((first < 0).sum())} of {len(first)} times the loss falls.",
        x=steps_axis(training), y=_axis(f"change per {epochs.name}", values, log=log), curves=tuple(curves),
    )  # fmt: skip


def rises(training: Training, epochs: Epochs) -> str:
    """How often the mean loss rose, where that was most of the time: of a level loss it is half; empty else."""
    rising = []
    for name, _, _, y in _lines(training, epochs):
        change = np.diff(y)
        rose = int((change > 0).sum())
        if len(change) >= FEWEST and rose > MOSTLY * len(change):
            rising.append(f"the {name} rose {rose} of {len(change)} times")
    return "; ".join(rising)


def _one(epochs: Epochs) -> str:
    return f"one {epochs.name}" if epochs.per_part <= 1 else epochs.name


def _lines(training: Training, epochs: Epochs) -> Iterator[Line]:
    """(name, group, x, y) of each series: training losses by epoch, held-out ones by evaluation."""
    start = span(training)[0]
    for group, series in enumerate(training.losses[:MOST_SERIES]):
        y = epochs.means(series.index, _tamed(series))
        known = np.isfinite(y)
        yield series_name(series, training.losses, "training loss"), group, epochs.middles[known] - start, y[known]
    for group, series in enumerate(training.evals[:MOST_SERIES]):
        x, y = mean_by_position(series.index.astype(np.float64), _tamed(series))
        if len(x) > 2 * len(epochs):
            y = epochs.means(x, y)
            x = epochs.middles
        known = np.isfinite(y)
        name = series_name(series, training.evals, "held-out loss")
        yield name, MOST_SERIES + group, x[known] - start, y[known]


def _tamed(series: Series) -> Array:
    value = series.value.astype(np.float64)
    return np.where(np.abs(value) < LARGEST, value, np.nan)


def _curve(name: str, group: int, x: Array, y: Array, *, positive: bool) -> Curve | None:
    shown = y > 0 if positive else np.isfinite(y)
    return _line(name, group, x[shown], y[shown]) if shown.any() else None


def _line(
    name: str, group: int, x: Array, y: Array, *, faint: bool = False, line: bool = True, hollow: bool = False
) -> Curve:
    return Curve(
        name=name, group=group, x=tuple(x.tolist()), y=tuple(y.tolist()), faint=faint, line=line, hollow=hollow,
        dots=not faint and (len(x) <= FEW or not line),
    )  # fmt: skip


def _axis(label: str, values: list[float], *, log: bool) -> Axis:
    low, high = min(values), max(values)
    if log:
        margin = float(np.clip((high / low) ** 0.06, 1.1, 10.0))
        return Axis(label=label, low=low / margin, high=high * margin, log=True)
    low, high = min(0.0, low), max(0.0, high)
    margin = 0.1 * (high - low or 1.0)
    return Axis(label=label, low=low - (margin if low < 0 else 0.0), high=high + margin)
