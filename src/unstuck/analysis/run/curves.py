"""Losses over time as rules judge them: levels with their error, trends, the length of an epoch, evaluations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.run.training import Series, Training
from unstuck.record.schema import NO_SOURCE, Flag, Kind

Array = np.ndarray[Any, Any]

MAX_CORRELATION = 0.9
"""of neighbouring values about their trend; more would make any error infinite"""
WHOLE_PASS = 0.9
"""share of the examples of the largest pass, below which the mean over a pass is of other examples"""
REPEATS = 0.6
"""correlation of a curve with itself one period later, from which it is called periodic"""
MIN_PERIODS = 3
MAX_PARTS = 4
"""values of one evaluation up to which each is followed as a curve of its own"""
SAME_KIND = {"cross_entropy": "nll_loss", "binary_cross_entropy_with_logits": "binary_cross_entropy"}


@dataclass(frozen=True, slots=True)
class Curve:
    """Values at backward calls ``x``, both (S,); numbers that were never fetched are left out."""

    x: Array
    y: Array
    steps: int
    """backward calls made, those that the record thinned out included"""

    def between(self, start: float, end: float) -> Array:
        """The values in a stretch of the run, given as shares of it."""
        if not len(self.x):
            return self.y
        low, span = float(self.x[0]), float(self.x[-1] - self.x[0]) or 1.0
        share = (self.x - low) / span
        return self.y[(share >= start) & ((share < end) | (end >= 1.0))]


@dataclass(frozen=True, slots=True)
class Level:
    """Mean of a stretch, its standard error (neighbouring values may go together), scatter of single values."""

    value: float
    error: float
    scatter: float


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through a stretch: value in its middle, change over the whole of it, the change's error."""

    middle: float
    change: float
    error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A loss that was only looked at, one value for each time: ``x`` backward calls before, ``y`` mean loss."""

    function: str | None
    file: str | None
    line: int | None
    x: Array
    y: Array
    trained_on: bool
    """it went over the very loader that is trained on"""
    accuracy: Array | None = None
    """of each, where it was worked out from the outputs: the program computes no such loss"""
    looked_at: int = 0
    """examples of each, where it was worked out from the outputs"""
    calls: int = 1
    """values of the loss function in each"""
    series: int | None = None
    """id of the series; None where it was worked out from the outputs"""


def curve_of(training: Training, loss: Series) -> Curve:
    """The training loss as recorded, without rows whose value still lay on a device."""
    rows = training.rows(Kind.BACKWARD, loss.id)
    kept = rows[(rows["flags"] & Flag.PENDING) == 0]
    if not len(kept):
        return Curve(loss.index, loss.value, len(loss.value))
    thinned = bool((rows["flags"] & Flag.THINNED).any())
    steps = int(rows["index"][-1]) - int(rows["index"][0]) + 1 if thinned else len(rows)
    return Curve(kept["index"].astype(np.float64), kept["value"], steps)


def level(values: Array, period: int = 1) -> Level:
    """Where a stretch of a curve stands; by means over whole periods where the curve repeats itself."""
    finite = values[np.isfinite(values)]
    if period > 1 and len(finite) >= 3 * period:
        finite = finite[len(finite) % period :].reshape(-1, period).mean(1)
    if not len(finite):
        return Level(math.nan, math.nan, math.nan)
    if len(finite) < 3:
        return Level(float(np.mean(finite)), 0.0, 0.0)
    line = np.polynomial.polynomial.polyfit(np.arange(len(finite)), finite, 1)
    rest = finite - np.polynomial.polynomial.polyval(np.arange(len(finite)), line)
    scatter = float(np.sqrt((rest**2).sum() / max(1, len(finite) - 2)))
    return Level(float(np.mean(finite)), scatter * math.sqrt(_inflation(rest) / len(finite)), scatter)


def line(x: Array, y: Array) -> Line:
    """Least squares, with the error widened where neighbouring values go together."""
    if len(x) < 4 or float(x[-1]) == float(x[0]):
        return Line(float(np.mean(y)) if len(y) else math.nan, 0.0, math.inf)
    t = (x - x.mean()) / float(x[-1] - x[0])
    slope = float((t * y).sum() / (t * t).sum())
    rest = y - y.mean() - slope * t
    variance = float((rest**2).sum() / (len(y) - 2))
    return Line(float(np.mean(y)), slope, math.sqrt(variance * _inflation(rest) / float((t * t).sum())))


def _inflation(rest: Array) -> float:
    power = float((rest * rest).sum())
    if power <= 0 or len(rest) < 4:
        return 1.0
    correlation = min(MAX_CORRELATION, max(0.0, float((rest[1:] * rest[:-1]).sum()) / power))
    return (1 + correlation) / (1 - correlation)


def blocks(curve: Curve, number: int) -> Array:
    """Means of equal stretches of the run, (number,); NaN where a stretch holds nothing finite."""
    means = []
    for at in range(number):
        part = curve.between(at / number, (at + 1) / number)
        part = part[np.isfinite(part)]
        means.append(float(np.mean(part)) if len(part) else math.nan)
    return np.array(means)


def epoch_length(training: Training) -> float | None:
    """Backward calls between two beginnings of the loader that is trained on; None where there is none."""
    rows = training.part.rows(Kind.EPOCH)
    best = None
    for source in np.unique(rows["source"]):
        apart = np.diff(np.unique(rows["index"][rows["source"] == source].astype(np.int64)))
        if len(apart) >= 2:
            length = float(np.median(apart))
            best = length if best is None else min(best, length)
    return best


def period(curve: Curve, epoch: float | None) -> int:
    """Values after which the curve repeats itself, as it does where the data comes in order; 1 where it does not."""
    y = curve.y[np.isfinite(curve.y)]
    if len(y) < 4 * MIN_PERIODS:
        return 1
    y = y[len(y) // 4 :]
    t = np.arange(len(y))
    rest = y - np.polynomial.polynomial.polyval(t, np.polynomial.polynomial.polyfit(t, y, 2))
    power = float((rest * rest).sum())
    if power <= 1e-20 * max(1e-30, float((y * y).sum())):
        return 1
    # A power of two: a length with a large prime factor takes many times as long.
    spectrum = np.abs(np.fft.rfft(rest, 2 ** (2 * len(rest) - 1).bit_length())) ** 2
    repeats = np.fft.irfft(spectrum)[: len(rest)] / power * len(rest) / np.maximum(1, len(rest) - t)
    lags = range(2, len(rest) // MIN_PERIODS) if epoch is None else (round(epoch),)
    for lag in lags:
        if not 2 <= lag < len(rest) // MIN_PERIODS:
            continue
        around = repeats[max(1, lag - 1) : lag + 2]
        if repeats[lag] >= REPEATS and repeats[lag] >= around.max() and repeats[1:lag].min() < REPEATS / 2:
            return lag
    return 1


def over_epochs(training: Training, curve: Curve) -> tuple[Array, Array]:
    """Means over epochs where there are five or more: within one, the order of the data may show."""
    x, y, epoch = curve.x, curve.y, epoch_length(training)
    if epoch is None or len(y) < 6 * epoch:
        return x, y
    which = ((x - x[0]) // epoch).astype(np.int64)
    begin = np.unique(which, return_index=True)[1]
    count = np.diff(np.append(begin, len(y)))
    whole = count >= 0.5 * epoch
    return (np.add.reduceat(x, begin) / count)[whole], (np.add.reduceat(y, begin) / count)[whole]


def evaluations(training: Training) -> tuple[Evaluation, ...]:
    """The held-out (or otherwise looked at) losses, one value an evaluation, the longest first."""
    found = [one for series in training.evals for one in _split(training, series)]
    loss = training.loss
    function = None if loss is None else loss.function
    if not any(same_kind(one.function, function) and not one.trained_on for one in found):
        found += _from_outputs(training)
    return tuple(sorted(found, key=lambda one: -len(one.x)))


def _from_outputs(training: Training) -> Iterator[Evaluation]:
    """Losses on held-out data that the program does not compute, of whole passes."""
    for passes in training.passes.values():
        most = max(one.looked_at for one in passes)
        whole = [one for one in passes if one.loss is not None and one.looked_at >= WHOLE_PASS * most]
        if training.until is not None:
            whole = [one for one in whole if one.step <= training.until]
        if not whole:
            continue
        known = [one.accuracy for one in whole if one.accuracy is not None]
        yield Evaluation(
            whole[0].function, None, None, np.array([one.step for one in whole], float),
            np.array([one.loss for one in whole], float), trained_on=False,
            accuracy=np.array(known) if len(known) == len(whole) else None, looked_at=most,
        )


def _split(training: Training, series: Series) -> Iterator[Evaluation]:
    """One series may hold several sets: told apart by the loader that was gone through, or by their order."""
    tape = training.part.timeline
    at = np.flatnonzero((tape["kind"] == Kind.EVAL_LOSS) & (tape["source"] == series.id))
    at = at[(tape["flags"][at] & Flag.PENDING) == 0]
    index = tape["index"][at].astype(np.int64)
    loader = _loaders(tape, at)
    training_loaders = _trained(tape)
    for source in np.unique(loader):
        chosen = loader == source
        trained_on = int(source) in training_loaders
        for x, y, calls in _means(index[chosen], tape["value"][at][chosen], whole=source != NO_SOURCE):
            yield Evaluation(
                series.function, series.file, series.line, x, y, trained_on, calls=calls, series=series.id
            )


def _loaders(tape: Array, at: Array) -> Array:
    """For each row the loader that was begun at the same backward call and not trained on; else NO_SOURCE."""
    begins = np.flatnonzero(tape["kind"] == Kind.EPOCH)
    if not len(begins):
        return np.full(len(at), NO_SOURCE)
    backward = np.cumsum(tape["kind"] == Kind.BACKWARD)
    ends = np.append(begins[1:], len(tape))
    last = np.searchsorted(begins, at) - 1
    row = begins[np.maximum(last, 0)]
    used = backward[ends[np.maximum(last, 0)] - 1] > backward[row]
    mine = (last >= 0) & (tape["index"][row] == tape["index"][at]) & ~used
    return np.where(mine, tape["source"][row], NO_SOURCE)


def _trained(tape: Array) -> set[int]:
    """Loaders during whose epochs backward was called."""
    begins = np.flatnonzero(tape["kind"] == Kind.EPOCH)
    if not len(begins):
        return set()
    backward = np.cumsum(tape["kind"] == Kind.BACKWARD)
    ends = np.append(begins[1:], len(tape))
    used = backward[ends - 1] > backward[begins]
    return {int(one) for one in np.unique(tape["source"][begins[used]])}


def _means(index: Array, value: Array, *, whole: bool) -> Iterator[tuple[Array, Array, int]]:
    """Backward calls before, mean value, and the number of values of each evaluation."""
    at, begin, count = np.unique(index, return_index=True, return_counts=True)
    number = int(count[0])
    if not whole and 2 <= number <= MAX_PARTS and (count == number).all():
        for part in range(number):
            yield at.astype(np.float64), value[begin + part], 1
        return
    order = np.argsort(index, kind="stable")
    begin = np.concatenate(([0], np.cumsum(count)[:-1]))
    yield at.astype(np.float64), np.add.reduceat(value[order], begin) / count, int(np.median(count))


def same_kind(one: str | None, other: str | None) -> bool:
    """Whether two loss functions give comparable numbers; one written by hand is compared with itself only."""
    if one is None or other is None:
        return True
    return SAME_KIND.get(one, one) == SAME_KIND.get(other, other)
