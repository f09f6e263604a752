"""Every loss of a training over its steps: raw and smoothed, held-out, and the baseline loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure, Level, Mark, Moment
from unstuck.core.words import count, number
from unstuck.figures.reduce import columns_of, extremes, mean_by_position, running_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Series, Training
    from unstuck.core.diagnosis import TrainingSummary

MOST_SERIES = 4
SMOOTHED_SHARE = 40
"""the running mean takes in one value of this many"""
FEW = 60
"""so few values are marked with a dot each"""
LARGEST = 1e300
"""larger values are drawn as not finite: no axis could hold them"""

Array = np.ndarray[Any, Any]


def span(training: Training) -> tuple[float, float]:
    """The first and the last backward call of the training, as the record counts them."""
    ends = [series.index[[0, -1]] for series in training.losses]
    if not ends:
        return 0.0, 1.0
    return float(min(end[0] for end in ends)), float(max(end[1] for end in ends)) + 1.0


def steps_axis(training: Training) -> Axis:
    """The common x axis of a training's figures."""
    low, high = span(training)
    return Axis(label="backward calls", low=0.0, high=high - low)


def learning_curve(
    training: Training, summary: TrainingSummary | None, *, log: bool, moments: Sequence[Moment] = ()
) -> Figure:
    """The losses on a linear or a logarithmic scale (which leaves out what is not above zero)."""
    start = span(training)[0]
    curves: list[Curve] = []
    broken: list[Array] = []
    for group, series in enumerate(training.losses[:MOST_SERIES]):
        x, y = _finite(series, start, broken, log=log)
        curves += _raw_and_smooth(series_name(series, training.losses, "training loss"), group, x, y)
    for group, series in enumerate(training.evals[:MOST_SERIES]):
        x, y = _finite(series, start, broken, log=log)
        name = series_name(series, training.evals, "held-out loss")
        curves.append(_held_out(name, MOST_SERIES + group, x, y))
    curves = [curve for curve in curves if curve.x]
    baseline = summary.baseline_loss if summary else None
    levels: tuple[Level, ...] = ()
    if baseline is not None and np.isfinite(baseline) and (baseline > 0 or not log):
        levels = (Level(y=baseline, label=f"baseline loss {number(baseline)}"),)
    not_numbers = columns_of(np.sort(np.concatenate(broken))) if broken else np.array([])
    return Figure(
        title="Loss" + (", log scale" if log else ""),
        description=_description(training, summary, sum(len(part) for part in broken)),
        x=steps_axis(training),
        y=_loss_axis(curves, levels, log=log),
        curves=tuple(curves),
        levels=levels,
        moments=tuple(moments),
        marks=_best(training, start, log=log),
        not_numbers=_numbers(not_numbers),
    )


def best_held_out(training: Training) -> tuple[float, float] | None:
    """Where (as a backward count of the record) and how low the first held-out loss was best; None for fewer than 3."""
    if not training.evals:
        return None
    series = training.evals[0]
    x, y = mean_by_position(series.index.astype(np.float64), series.value.astype(np.float64))
    x, y = x[np.abs(y) < LARGEST], y[np.abs(y) < LARGEST]
    if len(x) < 3:
        return None
    at = int(np.argmin(y))
    return float(x[at]), float(y[at])


def _best(training: Training, start: float, *, log: bool) -> tuple[Mark, ...]:
    best = best_held_out(training)
    if best is None or (log and best[1] <= 0):
        return ()
    return (Mark(x=best[0] - start, y=best[1], label=f"best held-out {number(best[1])}"),)


def _finite(series: Series, start: float, broken: list[Array], *, log: bool) -> tuple[Array, Array]:
    """Positions and values that can be drawn; those that are not finite go to ``broken``."""
    x = series.index.astype(np.float64) - start
    y = series.value.astype(np.float64)
    if series.role == "eval":
        x, y = mean_by_position(x, y)
    finite = np.abs(y) < LARGEST  # False for NaN
    broken.append(x[~finite])
    shown = finite & (y > 0) if log else finite
    return x[shown], y[shown]


def _raw_and_smooth(name: str, group: int, x: Array, y: Array) -> list[Curve]:
    window = len(y) // SMOOTHED_SHARE
    if window < 3:
        return [_curve(name, group, x, y, dots=len(y) <= FEW)]
    return [
        _curve(name, group, *extremes(x, y), faint=True),
        _curve(f"{name}: running mean of {window} (faint: all values)", group, *running_mean(x, y, window)),
    ]


def _held_out(name: str, group: int, x: Array, y: Array) -> Curve:
    return _curve(name, group, *extremes(x, y), dots=len(y) <= FEW)


def _curve(name: str, group: int, x: Array, y: Array, *, faint: bool = False, dots: bool = False) -> Curve:
    return Curve(name=name, group=group, x=_numbers(x), y=_numbers(y), faint=faint, dots=dots)


def _numbers(values: Array) -> tuple[float, ...]:
    return tuple(values.tolist())


def series_name(series: Series, among: Sequence[Series], name: str) -> str:
    """What a curve is called; its line tells it from others of its kind."""
    if len(among) == 1:
        return name
    return f"{name} {series.function or ''} (line {series.line})".replace("  ", " ")


def _loss_axis(curves: Sequence[Curve], levels: Sequence[Level], *, log: bool) -> Axis:
    """From zero on, unless there are losses below it; with a margin, so that nothing lies on the frame."""
    values = [value for curve in curves for value in curve.y] + [level.y for level in levels]
    low, high = (min(values), max(values)) if values else (0.1 if log else 0.0, 1.0)
    if log:
        margin = float(np.clip(np.exp(0.04 * (np.log(high) - np.log(low))), 1.02, 10.0))
        return Axis(label="Loss", low=low / margin, high=high * margin, log=True)
    low = min(0.0, low)
    margin = 0.12 * (high - low or 1.0)
    return Axis(label="Loss", low=low - (margin if low < 0 else 0.0), high=high + margin)


def _description(training: Training, summary: TrainingSummary | None, broken: int) -> str:
    facts = [f"{count(len(training.losses), 'training loss', 'training losses')}"]
    if training.evals:
        facts.append(f"{count(len(training.evals), 'held-out loss', 'held-out losses')}")
    if summary:
        facts.append(f"from {number(summary.first_loss)} to {number(summary.last_loss)}")
    if broken:
        facts.append(f"{count(broken, 'value')} not a number")
    return ", ".join(facts) + "."
