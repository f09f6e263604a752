"""What went in: classes, batch sizes, statistics of the inputs.  W = sampled steps, K = classes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.heat_map import HeatMap
from unstuck.core.words import measure, number, share
from unstuck.figures.learning_curve import FEW, span, steps_axis
from unstuck.figures.moving_parts import batch_sizes
from unstuck.record import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.record.reader import Event

Array = np.ndarray[Any, Any]
MOST_CLASSES = 24
MOST_COLUMNS = 72
MOST_INPUTS = 3
FEWEST_TO_JUDGE = 8
"""examples in a batch from which it is unusual that all have one class"""
UNEVEN = 30.0
"""times the scale of the median feature"""
LARGEST = 1e30


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class, in shares of all labels seen."""

    name: str
    train: float
    held_out: float | None
    predicted: float | None
    """of the answers in the last third of the sampled training batches"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Everything that the panel shows; what was not recorded is empty."""

    said: tuple[str, ...]
    unusual: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    more_classes: int
    mix: HeatMap | None
    inputs: tuple[Figure, ...]


def batches(training: Training) -> Batches | None:
    """None where nothing of the batches was recorded."""
    calls = [call for call in training.loss_calls if call.get("phase") == "train"]
    held_out = [call for call in training.loss_calls if call.get("phase") == "eval"]
    mixes = _mixes(calls)
    inputs, odd = _inputs(training)
    said = _said(training)
    if not (mixes or inputs or said):
        return None
    total: Counter[int] = sum((mix for _, mix in mixes), Counter())
    classes = _classes(total, held_out, calls) if len(total) > 1 or mixes else ()
    return Batches(
        said=said, unusual=(*_odd_mixes(mixes, total), *odd), classes=classes[:MOST_CLASSES],
        more_classes=max(0, len(classes) - MOST_CLASSES), mix=_mix_map(training, mixes, total), inputs=inputs,
    )


def labels_of(call: Event) -> Counter[int]:
    """Class → how many targets of it in one call; empty where the targets are no classes."""
    if call.get("labels"):
        return Counter({int(label): int(n) for label, n in call["labels"].items()})
    positive = call.get("positive")
    if positive and set(_distinct(call)) == {0.0, 1.0}:
        return Counter({1: int(positive["labels"]), 0: int(positive["of"] - positive["labels"])})
    return Counter()


def _distinct(call: Event) -> list[float]:
    return [float(value) for value, _ in call.get("distinct") or ()]


def _mixes(calls: Sequence[Event]) -> list[tuple[int, Counter[int]]]:
    """(step, classes) of each sampled step: all its calls together."""
    found: dict[int, Counter[int]] = {}
    for call in calls:
        labels = labels_of(call)
        if labels:
            found[int(call["step"])] = found.get(int(call["step"]), Counter()) + labels
    return sorted(found.items())


def _said(training: Training) -> tuple[str, ...]:
    said = []
    _, sizes = batch_sizes(training)
    if len(sizes):
        low, high = sizes.min(), sizes.max()
        usual = number(low) if low == high else f"{number(low)} to {number(high)}"
        said.append(f"Batches of {usual} examples")
    for loader in training.part.of(events.Loader):
        if loader.get("size"):
            order = {"RandomSampler": "in random order", "SequentialSampler": "in fixed order"}
            how = order.get(str(loader.get("sampler")), "")
            said.append(
                f"{loader.get('dataset') or 'data set'} of {number(loader['size'])} examples"
                f"{', ' + how if how else ''} (line {loader.get('line')})"
            )
    return tuple(dict.fromkeys(said))[:4]


def _classes(total: Counter[int], held_out: Sequence[Event], calls: Sequence[Event]) -> tuple[ClassRow, ...]:
    outside: Counter[int] = sum((labels_of(call) for call in held_out), Counter())
    answered: Counter[int] = Counter()
    for call in calls[-max(1, len(calls) // 3) :]:
        answered += Counter({int(label): int(n) for label, n in (call.get("predicted") or {}).items()})
    names = [label for label, _ in total.most_common()] + [label for label in outside if label not in total]

    def part(label: int, of: Counter[int]) -> float | None:
        return of[label] / of.total() if of else None

    rows = [
        ClassRow(
            name=str(label), train=part(label, total) or 0.0, held_out=part(label, outside),
            predicted=part(label, answered),
        )
        for label in names
    ]
    return tuple(sorted(rows, key=lambda row: int(row.name)) if len(rows) <= MOST_CLASSES else rows)


def _odd_mixes(mixes: Sequence[tuple[int, Counter[int]]], total: Counter[int]) -> tuple[str, ...]:
    said = []
    single = sum(len(mix) == 1 and mix.total() >= FEWEST_TO_JUDGE for _, mix in mixes)
    if single and len(total) > 1:
        said.append(f"{single} of {len(mixes)} sampled batches hold one class only: is the data shuffled?")
    if len(total) > 1:
        (most, often), (least, rarely) = total.most_common(1)[0], total.most_common()[-1]
        if often > 10 * rarely and total.total() > 20 * len(total):
            often_said, rarely_said = share(often / total.total()), share(rarely / total.total())
            said.append(f"Class {most} makes up {often_said} of the labels seen, class {least} {rarely_said}.")
    return tuple(said)


def _mix_map(training: Training, mixes: Sequence[tuple[int, Counter[int]]], total: Counter[int]) -> HeatMap | None:
    """Class × time; the commonest classes where there are many."""
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
    left = f" The {len(chosen)} commonest of {len(total)} classes." if len(total) > len(chosen) else ""
    return HeatMap(
        title="Classes in each sampled batch",
        description=f"{len(names)} classes in {len(mixes)} batches; shares up to {share(high)}.",
        x=steps_axis(training), scale=Axis(label="share of the batch", unit="fraction", low=0.0, high=high),
        rows=tuple(f"class {label}" for label in names), edges=tuple(edges.tolist()),
        cells=tuple(tuple(row) for row in table),
        how="Every column is one batch: which share of its targets is of which class. Vertical bands of one class "
        f"mean that the data come in order.{left}",
    )  # fmt: skip


def _inputs(training: Training) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    by_layer: dict[str, list[Event]] = {}
    for event in training.inputs:
        if event.get("mean") is not None:
            by_layer.setdefault(str(event.get("layer") or event.get("op") or ""), []).append(event)
    figures, odd = [], []
    for layer, seen in list(by_layer.items())[:MOST_INPUTS]:
        found = _input(training, layer, seen)
        if found is not None:
            figures.append(found)
        features = next((event["features"] for event in reversed(events) if event.get("features")), None)
        if features and features["rms_median"] > 0 and features["rms_max"] / features["rms_median"] > UNEVEN:
            times = number(float(f"{features['rms_max'] / features['rms_median']:.2g}"))
            at = features["rms_max_at"]
            odd.append(f"Of what enters {layer}, feature {at} is {times} times as large as the median one.")
    return tuple(figures), tuple(odd)


def _input(training: Training, layer: str, events: Sequence[Event]) -> Figure | None:
    """Mean, one standard deviation around it, and the extremes, at the sampled steps."""
    table = np.array([[event.get(key, np.nan) for key in ("mean", "std", "min", "max")] for event in events], float)
    steps = np.array([event["step"] for event in events], float) - span(training)[0]
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
    shape = " × ".join(map(str, events[-1].get("shape") or ()))
    return Figure(
        title=f"What entered {layer}" + (f" ({shape})" if shape else ""),
        description=f"Mean {measure(float(mean[-1]))}, standard deviation {measure(float(std[-1]))}, from "
        f"{number(bottom)} to {number(top)}.",
        x=steps_axis(training), y=Axis(label=f"value entering {layer}", low=bottom - room, high=top + room),
        curves=curves, not_numbers=tuple(steps[~good].tolist()[:40]),
    )  # fmt: skip
