"""The labels of the sampled batches: which classes a step was trained on, and how much one batch holds of one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from unstuck.analysis.run.training import Training
from unstuck.core.finding import Place
from unstuck.core.vocabulary import CLASS_LOSSES
from unstuck.record import events
from unstuck.record.reader import Event
from unstuck.record.schema import Kind

Mix = Counter[int]
"""class → how many examples of it"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one loss call site was given in one sampled step, all its calls of that step together."""

    step: int
    mix: Mix

    @property
    def size(self) -> int:
        """Examples in it."""
        return sum(self.mix.values())


def labels_of(call: Event) -> Mix | None:
    """The classes of one call's examples; None unless every example has exactly one class."""
    given, target = call["input"].get("shape") or [], call["target"].get("shape") or []
    if not given or not target or (math.prod(target[1:]) != 1 and not call.get("one_hot")):
        return None
    if call.get("labels"):
        if len(given) != 2 or target[0] != given[0]:
            return None  # a class for every pixel or token
        return Counter({int(label): n for label, n in call["labels"].items() if int(label) >= 0})
    values = call.get("distinct")
    if values and all(float(value).is_integer() for value, _ in values):
        return Counter({int(value): int(n) for value, n in values})
    return None


def sites(training: Training, phase: str = "train") -> dict[tuple[object, ...], list[tuple[int, Event]]]:
    """The loss calls of one phase by the line that makes them, each with the number of its window."""
    found: dict[tuple[object, ...], list[tuple[int, Event]]] = {}
    window = 0
    for event in training.part.events:
        if event.get("training") not in (training.number, None):
            continue
        if event.get("kind") == "window":
            window += 1
        elif event.get("kind") == "loss_call" and event.get("phase") == phase:
            site = (event["function"], event.get("file"), event.get("line"))
            found.setdefault(site, []).append((window, event))
    return found


def batches(calls: Sequence[tuple[int, Event]]) -> tuple[Batch, ...]:
    """One site's calls as batches: those of one window are one step, and count together."""
    steps: dict[int, Batch] = {}
    for window, call in calls:
        mix = labels_of(call)
        if mix is None:
            continue
        known = steps.get(window)
        steps[window] = Batch(known.step, known.mix + mix) if known else Batch(int(call["step"]), mix)
    return tuple(steps.values())


def same_pair(mix: Mix) -> float:
    """Probability that two different examples drawn from one mix are of the same class."""
    total = sum(mix.values())
    return sum(n * (n - 1) for n in mix.values()) / (total * (total - 1)) if total > 1 else math.nan


def across_pair(all_batches: Sequence[Batch]) -> float:
    """Probability that two examples of two different batches are of the same class."""
    shares = [{label: n / batch.size for label, n in batch.mix.items()} for batch in all_batches]
    labels = {label for share in shares for label in share}
    table = np.array([[share.get(label, 0.0) for label in labels] for share in shares])  # (B, K)
    number = len(shares)
    if number < 2:
        return math.nan
    total = float((table.sum(0) ** 2).sum() - (table**2).sum())
    return total / (number * (number - 1))


def training_loader(training: Training) -> Event | None:
    """The loader whose batches were followed by the most backward calls; None for batches made by hand."""
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
    return next((event for event in part.of(events.Loader) if event["id"] == best), None)


def place_of(event: Event | None) -> Place:
    """Where a recorded thing was made."""
    return Place(file=event.get("file"), line=event.get("line")) if event is not None else Place()


def recurs(values: Sequence[float]) -> int:
    """How many of these numbers come back exactly, though not from one value to the next."""
    if any(a == b for a, b in pairwise(values)):
        return 0
    return sum(n for n in Counter(values).values() if n > 1)


def counted(calls: Sequence[Event]) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """(answers, labels, hits) by class, over all calls that tell them."""
    answers: Counter[int] = Counter()
    labels: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    for call in calls:
        positive = call.get("positive")
        if call["function"] in CLASS_LOSSES and call.get("labels") and call.get("hits") is not None:
            for into, name in ((answers, "predicted"), (labels, "labels"), (hits, "hits")):
                into.update({int(label): int(n) for label, n in call[name].items() if int(label) >= 0})
        elif positive and _single(call):
            of = positive["of"]
            answers.update({1: positive["predicted"], 0: of - positive["predicted"]})
            labels.update({1: positive["labels"], 0: of - positive["labels"]})
            missed, false = positive["labels"] - positive["hits"], positive["predicted"] - positive["hits"]
            hits.update({1: positive["hits"], 0: of - positive["hits"] - missed - false})
    return answers, +labels, hits


def _single(call: Event) -> bool:
    """One yes or no for each example (or pixel), not several independent ones; targets that are 0 or 1 (or -1)."""
    shape = call["input"].get("shape") or [0]
    values = {value for value, _ in call.get("distinct") or ()}
    return (math.prod(shape[1:]) == 1 or (len(shape) == 4 and shape[1] == 1)) and values <= {0.0, 1.0, -1.0}
