"""The labels of the sampled batches: which classes a step was trained on, and how often a batch repeats a class."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from unstuck.analysis.run.training import Training
from unstuck.core.finding import Place
from unstuck.core.vocabulary import CLASS_LOSSES
from unstuck.record import events
from unstuck.record.events import LossCall
from unstuck.record.schema import Kind

ClassCounts = Counter[int]
"""class → number of examples"""


@dataclass(frozen=True, slots=True)
class Batch:
    """The labels of one sampled step at one line that calls a loss: all calls of that step together."""

    step: int
    classes: ClassCounts

    @property
    def size(self) -> int:
        """Number of examples."""
        return self.classes.total()


class CallSite(NamedTuple):
    """A line that calls a loss function."""

    function: str
    file: str | None
    line: int | None


class SampledCall(NamedTuple):
    """A call of a loss function, and the number of the sampled step that it belongs to."""

    sample: int
    call: LossCall


class Recognition(NamedTuple):
    """Examples by class: predicted as it, labelled as it, and both."""

    predicted: ClassCounts
    labels: ClassCounts
    hits: ClassCounts


def classes_of(call: LossCall) -> ClassCounts | None:
    """The classes of one call's examples; None unless every example has exactly one class."""
    predictions, targets = call.input.shape, call.target.shape
    if not predictions or not targets or (math.prod(targets[1:]) != 1 and not call.one_hot):
        return None
    if call.labels:
        if len(predictions) != 2 or targets[0] != predictions[0]:
            return None  # one class for each pixel or token
        return Counter({label: count for label, count in call.labels.items() if label >= 0})
    if call.distinct and all(value.is_integer() for value, _ in call.distinct):
        return Counter({int(value): int(count) for value, count in call.distinct})
    return None


def call_sites(training: Training, phase: str = "train") -> dict[CallSite, list[SampledCall]]:
    """The sampled loss calls of one phase, by the line that makes them."""
    sites: dict[CallSite, list[SampledCall]] = {}
    sample = 0
    for event in training.part.events:
        if not isinstance(event, events.SampledStep | LossCall) or event.training not in (training.number, None):
            continue
        if isinstance(event, events.SampledStep):
            sample += 1
        elif event.phase == phase:
            sites.setdefault(CallSite(event.function, event.file, event.line), []).append(SampledCall(sample, event))
    return sites


def batches(calls: Sequence[SampledCall]) -> tuple[Batch, ...]:
    """The calls of one line as batches: those of one sampled step count together."""
    by_sample: dict[int, Batch] = {}
    for sample, call in calls:
        classes = classes_of(call)
        if classes is None:
            continue
        known = by_sample.get(sample)
        by_sample[sample] = Batch(known.step, known.classes + classes) if known else Batch(call.step, classes)
    return tuple(by_sample.values())


def same_class_within(classes: ClassCounts) -> float:
    """Probability that two different examples of one batch have the same class."""
    total = classes.total()
    return sum(n * (n - 1) for n in classes.values()) / (total * (total - 1)) if total > 1 else math.nan


def same_class_across(all_batches: Sequence[Batch]) -> float:
    """Probability that two examples of two different batches have the same class."""
    shares = [{label: n / batch.size for label, n in batch.classes.items()} for batch in all_batches]
    labels = {label for share in shares for label in share}
    table = np.array([[share.get(label, 0.0) for label in labels] for share in shares])  # (B, K)
    count = len(shares)
    if count < 2:
        return math.nan
    total = float((table.sum(0) ** 2).sum() - (table**2).sum())
    return total / (count * (count - 1))


def training_loader(training: Training) -> events.Loader | None:
    """The loader whose epochs hold the most backward calls; None for batches that are made by hand."""
    part = training.part
    followed: Counter[int] = Counter()
    losses = training.loss
    if losses is None:
        return None
    rows = [(int(row["index"]), int(row["source"])) for row in part.rows(Kind.EPOCH)]
    ends = [*[index for index, _ in rows[1:]], int(losses.index[-1]) + 1]
    for (begin, loader), end in zip(rows, ends, strict=False):
        followed[loader] += max(0, end - begin)
    best, count = followed.most_common(1)[0] if followed else (None, 0)
    if not count:
        return None
    return next((loader for loader in part.of(events.Loader) if loader.id == best), None)


def place_of(event: events.Loader | LossCall) -> Place:
    """The line of a loader or of a loss call."""
    return Place(file=event.file, line=event.line)


def num_repeated(values: Sequence[float]) -> int:
    """Number of values that occur more than once; 0 where two neighbours are equal."""
    if any(a == b for a, b in pairwise(values)):
        return 0
    return sum(n for n in Counter(values).values() if n > 1)


def recognition(calls: Sequence[LossCall]) -> Recognition:
    """Predictions, labels and hits by class, over all calls that hold them."""
    predicted: ClassCounts = Counter()
    labels: ClassCounts = Counter()
    hits: ClassCounts = Counter()
    for call in calls:
        positive = call.positive
        if call.function in CLASS_LOSSES and call.labels and call.hits is not None:
            for total, counts in ((predicted, call.predicted or {}), (labels, call.labels), (hits, call.hits)):
                total.update({label: n for label, n in counts.items() if label >= 0})
        elif positive is not None and _is_single_binary(call):
            predicted.update({1: positive.predicted, 0: positive.of - positive.predicted})
            labels.update({1: positive.labels, 0: positive.of - positive.labels})
            missed, false_alarms = positive.labels - positive.hits, positive.predicted - positive.hits
            hits.update({1: positive.hits, 0: positive.of - positive.hits - missed - false_alarms})
    return Recognition(predicted, +labels, hits)


def _is_single_binary(call: LossCall) -> bool:
    """One yes-or-no label for each example (or pixel), not several independent ones; targets are 0 or 1 (or -1)."""
    shape = call.input.shape or (0,)
    values = {value for value, _ in call.distinct or ()}
    return (math.prod(shape[1:]) == 1 or (len(shape) == 4 and shape[1] == 1)) and values <= {0.0, 1.0, -1.0}
