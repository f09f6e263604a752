"""Losses of single examples: how they spread, which stay hard.  W = sampled steps, E = examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.words import number, share
from unstuck.figures.learning_curve import FEW, span, steps_axis

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training

Array = np.ndarray[Any, Any]
Batch = tuple[int, Array, Sequence[int]]
"""step, losses, positions in the data set"""
HARDEST = 10
FEWEST = 4
"""examples in a batch, and batches, below which there is no picture"""
LARGEST = 1e30
HEAVY = 0.5
"""share of the whole loss that the hardest tenth must hold for a remark"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardExample:
    """One example with a high loss that was seen in the later sampled steps."""

    index: int
    """its number in the data set"""
    times_seen: int
    first: float
    last: float
    last_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleLosses:
    """The spread over time, and the hardest examples at the end."""

    spread: Figure
    hardest: tuple[HardExample, ...]
    remarks: tuple[str, ...]


def example_losses(training: Training) -> ExampleLosses | None:
    """None where there are too few losses of single examples."""
    batches: list[Batch] = [
        (call.step, np.array(call.example_losses, float), call.indices or ())
        for call in training.loss_calls
        if call.phase == "train" and call.example_losses
    ]
    whole = [(step, values[_usable(values)]) for step, values, _ in batches]
    whole = [(step, values) for step, values in whole if len(values) >= FEWEST]
    if len(whole) < FEWEST:
        return None
    return ExampleLosses(
        spread=_spread(training, whole), hardest=_hardest(batches, *span(training)), remarks=_remarks(whole)
    )


def _usable(values: Array) -> Array:
    usable: Array = np.abs(values) < LARGEST  # False for NaN
    return usable


def _spread(training: Training, whole: list[tuple[int, Array]]) -> Figure:
    x = tuple(float(step) - span(training)[0] for step, _ in whole)
    shares = (("hardest", 1.0, 4), ("90 % are below", 0.9, 6), ("median", 0.5, 0), ("easiest", 0.0, 2))
    curves = tuple(
        Curve(
            name=name, group=group, x=x, y=tuple(float(np.quantile(values, at)) for _, values in whole),
            dots=len(x) <= FEW,
        )
        for name, at, group in shares
    )  # fmt: skip
    every = [value for curve in curves for value in curve.y]
    low, high = min(every), max(every)
    positive = [value for value in every if value > 0]
    if low >= 0 and positive and high / min(positive) > 50:
        floor = max(min(positive), high * 1e-6)
        curves = tuple(_floored(curve, floor) for curve in curves)
        axis = Axis(label="loss of one example", low=floor / 1.3, high=high * 1.3, log=True)
    else:
        axis = Axis(label="loss of one example", low=min(0.0, low), high=high * 1.1 or 1.0)
    last = curves[2].y[-1]
    return Figure(
        title="Losses of single examples in the sampled batches",
        description=f"At the end the median is {number(last)}, the hardest {number(curves[0].y[-1])}.",
        x=steps_axis(training), y=axis, curves=curves,
    )  # fmt: skip


def _floored(curve: Curve, floor: float) -> Curve:
    return Curve(
        name=curve.name, group=curve.group, x=curve.x, y=tuple(max(value, floor) for value in curve.y), dots=curve.dots
    )


def _hardest(batches: list[Batch], start: float, end: float) -> tuple[HardExample, ...]:
    """By their last loss, among those seen in the second half of the training, or in the last two sampled batches."""
    seen: dict[int, list[tuple[int, float]]] = {}
    for step, values, indices in batches:
        for index, value in zip(indices, values.tolist(), strict=False):
            if np.isfinite(value) and abs(value) < LARGEST:
                seen.setdefault(index, []).append((step, value))
    late = min((start + end) / 2, *(step for step, _, _ in batches[-2:]))
    rows = [
        HardExample(
            index=index, times_seen=len(values), first=values[0][1], last=values[-1][1],
            last_step=int(values[-1][0] - start),
        )
        for index, values in seen.items()
        if values[-1][0] >= late
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: -row.last)[:HARDEST])


def _remarks(whole: list[tuple[int, Array]]) -> tuple[str, ...]:
    """Whether few examples make up most of the loss at the end, and are no better than all were in the beginning."""
    values = np.sort(np.concatenate([values for _, values in whole[-max(1, len(whole) // 3) :]]))[::-1]
    if len(values) < 10 * FEWEST or values.min() < 0 or values.sum() <= 0:
        return ()
    hardest = values[: max(1, len(values) // 10)]
    heavy = float(hardest.sum() / values.sum())
    if heavy < HEAVY or hardest.mean() < whole[0][1].mean():
        return ()
    remark = (
        f"At the end the hardest 10 % of the examples make up {share(heavy)} of the loss, and their loss is not below "
        "the mean loss at the beginning: check their labels."
    )
    return (remark,)
