"""The data that entered the network: classes, batch sizes, input statistics.  W = sampled steps, K = classes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.heat_map import HeatMap
from unstuck.core.words import count, measure, number, share
from unstuck.figures.hyper_parameters import batch_sizes
from unstuck.figures.learning_curve import FEW, span, steps_axis
from unstuck.record.events import Loader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.record.events import InputSeen, LossCall

Array = np.ndarray[Any, Any]
MOST_CLASSES = 24
MOST_COLUMNS = 72
MOST_INPUTS = 3
FEWEST_TO_JUDGE = 8
"""examples in a batch from which it is unusual that all have one class"""
UNEVEN = 30.0
"""times the scale of the median feature"""
LARGEST = 1e30
ORDER = {"RandomSampler": ", in random order", "SequentialSampler": ", in fixed order"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class, in shares of all labels seen."""

    name: str
    train: float
    held_out: float | None
    predicted: float | None
    """of the predictions in the last third of the sampled training batches"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Everything that the panel shows; what was not recorded is empty."""

    facts: tuple[str, ...]
    remarks: tuple[str, ...]
    """what is unusual, in sentences"""
    classes: tuple[ClassRow, ...]
    more_classes: int
    mix: HeatMap | None
    inputs: tuple[Figure, ...]


def batches(training: Training) -> Batches | None:
    """None where nothing of the batches was recorded."""
    calls = [call for call in training.loss_calls if call.phase == "train"]
    held_out = [call for call in training.loss_calls if call.phase == "eval"]
    mixes = _mixes(calls)
    inputs, uneven = _inputs(training)
    facts = _facts(training)
    if not (mixes or inputs or facts):
        return None
    total: Counter[int] = sum((mix for _, mix in mixes), Counter())
    classes = _classes(total, held_out, calls) if len(total) > 1 or mixes else ()
    return Batches(
        facts=facts, remarks=(*_remarks(mixes, total), *uneven), classes=classes[:MOST_CLASSES],
        more_classes=max(0, len(classes) - MOST_CLASSES), mix=_mix_map(training, mixes, total), inputs=inputs,
    )


def labels_of(call: LossCall) -> Counter[int]:
    """Class → how many targets of it in one call; empty where the targets are no classes."""
    if call.labels:
        return Counter(call.labels)
    positive = call.positive
    if positive is not None and {value for value, _ in call.distinct or ()} == {0.0, 1.0}:
        return Counter({1: positive.labels, 0: positive.of - positive.labels})
    return Counter()


def _mixes(calls: Sequence[LossCall]) -> list[tuple[int, Counter[int]]]:
    """(step, classes) of each sampled step: all its calls together."""
    found: dict[int, Counter[int]] = {}
    for call in calls:
        labels = labels_of(call)
        if labels:
            found[call.step] = found.get(call.step, Counter()) + labels
    return sorted(found.items())


def _facts(training: Training) -> tuple[str, ...]:
    """Batch sizes and loaders, in words."""
    facts = []
    _, sizes = batch_sizes(training)
    if len(sizes):
        low, high = sizes.min(), sizes.max()
        smallest = "" if low == high else f"{number(low)} to "
        facts.append(f"Batches of {smallest}{count(int(high), 'example')}")
    for loader in training.part.of(Loader):
        if loader.size:
            order = ORDER.get(loader.sampler or "", "")
            facts.append(
                f"{loader.dataset or 'data set'} of {count(loader.size, 'example')}{order} (line {loader.line})"
            )
    return tuple(dict.fromkeys(facts))[:4]


def _classes(total: Counter[int], held_out: Sequence[LossCall], calls: Sequence[LossCall]) -> tuple[ClassRow, ...]:
    outside: Counter[int] = sum((labels_of(call) for call in held_out), Counter())
    predicted: Counter[int] = Counter()
    for call in calls[-max(1, len(calls) // 3) :]:
        predicted += Counter(call.predicted or {})
    names = [label for label, _ in total.most_common()] + [label for label in outside if label not in total]

    def part(label: int, of: Counter[int]) -> float | None:
        return of[label] / of.total() if of else None

    rows = [
        ClassRow(
            name=str(label), train=part(label, total) or 0.0, held_out=part(label, outside),
            predicted=part(label, predicted),
        )
        for label in names
    ]
    return tuple(sorted(rows, key=lambda row: int(row.name)) if len(rows) <= MOST_CLASSES else rows)


def _remarks(mixes: Sequence[tuple[int, Counter[int]]], total: Counter[int]) -> tuple[str, ...]:
    remarks = []
    single = sum(len(mix) == 1 and mix.total() >= FEWEST_TO_JUDGE for _, mix in mixes)
    if single and len(total) > 1:
        remarks.append(f"{single} of {len(mixes)} sampled batches hold one class only: is the data shuffled?")
    if len(total) > 1:
        (most, often), (least, rarely) = total.most_common(1)[0], total.most_common()[-1]
        if often > 10 * rarely and total.total() > 20 * len(total):
            high, low = share(often / total.total()), share(rarely / total.total())
            remarks.append(f"Class {most} makes up {high} of the labels seen, class {least} {low}.")
    return tuple(remarks)


def _mix_map(training: Training, mixes: Sequence[tuple[int, Counter[int]]], total: Counter[int]) -> HeatMap | None:
    """Class × time; the most frequent classes where there are many."""
    if len(total) < 2 or len(mixes) < 2:
        return None
    chosen = [label for label, _ in total.most_common(MOST_CLASSES)]
    names = sorted(chosen)
    mixes = [mixes[at] for at in np.unique(np.linspace(0, len(mixes) - 1, MOST_COLUMNS).round().astype(int))]
    start, end = span(training)
    x = np.array([step for step, _ in mixes], float) - start
    edges = np.clip(np.r_[0.0, (x[1:] + x[:-1]) / 2, end - start], 0.0, end - start)
    table = [[mix[label] / mix.total() for _, mix in mixes] for label in names]
    high = max(max(row) for row in table)
    left = f" The {len(chosen)} most frequent of {len(total)} classes." if len(total) > len(chosen) else ""
    return HeatMap(
        title="Classes in each sampled batch",
        description=f"{count(len(names), 'class', 'classes')} in {count(len(mixes), 'batch', 'batches')}; shares up to "
        f"{share(high)}.",
        x=steps_axis(training), scale=Axis(label="share of the batch", unit="fraction", low=0.0, high=high),
        rows=tuple(f"class {label}" for label in names), edges=tuple(edges.tolist()),
        cells=tuple(tuple(row) for row in table),
        how="Each column is one batch and shows the share of each class among its targets. Vertical bands of one class "
        f"mean that the data is sorted by class.{left}",
    )  # fmt: skip


def _inputs(training: Training) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    by_layer: dict[str, list[InputSeen]] = {}
    for seen in training.inputs:
        if seen.values.mean is not None:
            by_layer.setdefault(seen.layer or seen.op, []).append(seen)
    figures, remarks = [], []
    for layer, inputs in list(by_layer.items())[:MOST_INPUTS]:
        figure = _input(training, layer, inputs)
        if figure is not None:
            figures.append(figure)
        features = next((seen.features for seen in reversed(inputs) if seen.features is not None), None)
        if features and features.rms_median > 0 and features.rms_max / features.rms_median > UNEVEN:
            times = number(float(f"{features.rms_max / features.rms_median:.2g}"))
            remarks.append(
                f"Feature {features.rms_max_at} of the input of {layer} is {times} times as large as the median one."
            )
    return tuple(figures), tuple(remarks)


def _input(training: Training, layer: str, inputs: Sequence[InputSeen]) -> Figure | None:
    """Mean, one standard deviation around it, and the extremes, at the sampled steps."""
    values = [(seen.values.mean, seen.values.std, seen.values.min, seen.values.max) for seen in inputs]
    table = np.array(values, float)  # None becomes NaN
    steps = np.array([seen.step for seen in inputs], float) - span(training)[0]
    good = np.isfinite(table).all(1) & (np.abs(table) < LARGEST).all(1)
    x = tuple(steps[good].tolist())
    if not x:
        return None
    mean, std, low, high = table[good].T
    dots = len(x) <= FEW
    curves = (
        Curve(name="largest and smallest", group=3, x=x, y=tuple(high.tolist()), faint=True),
        Curve(name="", group=3, x=x, y=tuple(low.tolist()), faint=True),
        Curve(name="mean", group=0, x=x, y=tuple(mean.tolist()), dots=dots),
        Curve(name="mean ± standard deviation", group=2, x=x, y=tuple((mean + std).tolist())),
        Curve(name="", group=2, x=x, y=tuple((mean - std).tolist())),
    )
    bottom, top = float(low.min()), float(high.max())
    room = 0.08 * (top - bottom or 1.0)
    shape = " × ".join(map(str, inputs[-1].values.shape or ()))
    return Figure(
        title=f"Input of {layer}" + (f" ({shape})" if shape else ""),
        description=f"Mean {measure(float(mean[-1]))}, standard deviation {measure(float(std[-1]))}, from "
        f"{number(bottom)} to {number(top)}.",
        x=steps_axis(training), y=Axis(label=f"input value of {layer}", low=bottom - room, high=top + room),
        curves=curves, not_numbers=tuple(steps[~good].tolist()[:40]),
    )  # fmt: skip
