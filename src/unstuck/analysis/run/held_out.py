"""Held-out losses that can be set beside the training loss: same function, same units, known numbers of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from unstuck.analysis.run.curves import Curve, Evaluation, Level, curve_of, evaluations, level, same_kind
from unstuck.analysis.run.training import Series, Training
from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES
from unstuck.record.events import LossCall

Array = np.ndarray[Any, Any]

SAME_UNITS = 0.02
"""difference between the loss handed to backward and the mean over its call, up to which they are the same number"""
WORKED_OUT = (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY, "mse_loss")
"""functions that are worked out from outputs as the function itself computes them"""
SECOND_DIFFERENCES = math.sqrt(6)
"""standard deviation of second differences of independent values, in theirs"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A held-out curve beside the training loss."""

    held_out: Evaluation
    x: Array  # (P,)
    y: Array  # (P,)
    rows: int
    """examples of a pass"""
    curve: Curve
    batch: int
    """examples of a training batch"""


def beside(training: Training) -> Iterator[Beside]:
    """Every held-out loss in the units of the training loss, with at least one finite value."""
    loss = training.loss
    if loss is None or loss.function is None:
        return
    calls = [call for call in training.loss_calls if call.phase == "train" and same_kind(call.function, loss.function)]
    if not calls or not all(map(_is_plain, calls)) or not _in_its_units(loss, calls):
        return
    batch = _rows(calls)
    curve = curve_of(training, loss)
    for one in evaluations(training):
        rows = _rows_of_a_pass(training, one)
        if one.trained_on or one.function is None or not same_kind(one.function, loss.function) or not rows:
            continue
        finite = np.isfinite(one.y)
        if finite.any() and batch:
            yield Beside(held_out=one, x=one.x[finite], y=one.y[finite], rows=rows, curve=curve, batch=batch)


def jumps(y: Array) -> float:
    """Standard deviation from value to value about the trend; NaN of fewer than four values."""
    return float(np.sqrt(np.mean(np.diff(y, 2) ** 2))) / SECOND_DIFFERENCES if len(y) > 3 else math.nan


def between(curve: Curve, x: Array) -> Array:
    """Mean training loss of each stretch that ends at one of ``x``, from the one before it. (P - 1)"""
    means = [curve.y[(curve.x >= low) & (curve.x < high)] for low, high in pairwise(x)]
    return np.array([float(np.mean(part)) if len(part) else math.nan for part in means])


def around(curve: Curve, x: Array) -> Array:
    """Mean training loss of half a stretch before and half a stretch after each inner one of ``x``. (P - 2)"""
    found = []
    for low, at, high in zip(x[:-2], x[1:-1], x[2:], strict=True):
        half = min(at - low, high - at) / 2
        part = curve.y[(curve.x >= at - half) & (curve.x < at + half)]
        found.append(float(np.mean(part)) if len(part) else math.nan)
    return np.array(found)


class Gap(NamedTuple):
    """Where a held-out loss and the training loss of the same steps stand at the end."""

    held_out: float
    own: float


def gap_of(one: Beside) -> Gap | None:
    """Medians over the last third of the passes; the training loss is that of the half pass before each."""
    late = one.x[-max(3, len(one.x) // 3) :]
    half = float(np.median(np.diff(one.x))) / 2
    parts = [one.curve.y[(one.curve.x >= x - half) & (one.curve.x < x)] for x in late]
    means = [float(np.mean(part)) for part in parts if len(part)]
    if len(means) < 3 or not np.isfinite(means).all():
        return None
    return Gap(float(np.median(one.y[-len(late) :])), float(np.median(means)))


def of_a_batch(curve: Curve, x: Array) -> Level:
    """Level and scatter of the loss of single batches since the first of ``x``."""
    return level(curve.y[curve.x >= x[0]])


def _rows_of_a_pass(training: Training, one: Evaluation) -> int:
    if one.looked_at:
        return one.looked_at if one.function in WORKED_OUT else 0
    calls = [call for call in training.loss_calls if call.phase == "eval" and call.series == one.series]
    return _rows(calls) * one.calls if calls and all(map(_is_plain, calls)) else 0


def _rows(calls: Sequence[LossCall]) -> int:
    sizes = [int(call.input.shape[0]) for call in calls if call.input.shape]
    return int(np.median(sizes)) if sizes else 0


def _is_plain(call: LossCall) -> bool:
    """A mean over examples that all count alike, with the labels as they are."""
    return (
        call.reduction in (None, "mean") and call.weight is None and call.pos_weight is None
        and not call.label_smoothing
    )  # fmt: skip


def _in_its_units(loss: Series, calls: Sequence[LossCall]) -> bool:
    values = dict(zip(loss.index.tolist(), loss.value.tolist(), strict=True))
    pairs = [(values[call.step], call.mean) for call in calls if call.step in values and call.mean is not None]
    pairs = [(value, mean) for value, mean in pairs if math.isfinite(value) and math.isfinite(mean)]
    return bool(pairs) and all(abs(value - mean) <= SAME_UNITS * abs(mean) + 1e-6 for value, mean in pairs)
