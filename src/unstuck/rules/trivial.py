"""What the constant answer would score: the loss of a network that has learned the targets' frequencies only."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from unstuck.record.reader import Event
from unstuck.record.training import Training

MIN_EXAMPLES = 16
"""targets seen, below which nothing is said about their frequencies"""


@dataclass(frozen=True, slots=True)
class Trivial:
    """The constant answer and its loss."""

    loss: float
    answer: str
    examples: int
    """targets from which it was found"""
    spread: float
    """standard error of ``loss`` from their number"""


def label_counts(calls: tuple[Event, ...]) -> Counter[int]:
    """How often each class was the target in the sampled calls."""
    total: Counter[int] = Counter()
    for call in calls:
        for label, number in (call.get("labels") or {}).items():
            total[int(label)] += int(number)
    return total


def trivial_of(training: Training, phase: str = "train") -> Trivial | None:
    """The constant answer to this training's targets; None where its loss has none that we know."""
    calls = tuple(call for call in training.loss_calls if call.get("phase") == phase)
    functions = Counter(call["function"] for call in calls)
    if not functions:
        return None
    function = functions.most_common(1)[0][0]
    calls = tuple(call for call in calls if call["function"] == function)
    if function in ("cross_entropy", "nll_loss"):
        return _of_classes(calls)
    if function.startswith("binary_cross_entropy"):
        return _of_binary(calls)
    if function == "mse_loss":
        return _of_squares(calls)
    if function == "l1_loss":
        return _of_absolutes(calls)
    return None


def _of_classes(calls: tuple[Event, ...]) -> Trivial | None:
    counts = label_counts(tuple(call for call in calls if not call["target"].get("dtype", "").startswith("float")))
    counts.pop(-100, None)
    total = sum(counts.values())
    if total < MIN_EXAMPLES or len(counts) < 2:
        return None
    shares = np.array(list(counts.values())) / total
    information = -np.log(shares)
    entropy = float((shares * information).sum())
    spread = math.sqrt(max(0.0, float((shares * information**2).sum()) - entropy**2) / total)
    return Trivial(entropy, "always giving the class frequencies", total, spread + (len(counts) - 1) / (2 * total))


def _of_binary(calls: tuple[Event, ...]) -> Trivial | None:
    means, weights = [], []
    for call in calls:
        target, count = call["target"], int(np.prod(call["target"].get("shape", [0])))
        if target.get("mean") is None or target.get("min", -1) < 0 or target.get("max", 2) > 1:
            return None
        means.append(target["mean"])
        weights.append(count)
    total = sum(weights)
    if total < MIN_EXAMPLES:
        return None
    share = float(np.average(means, weights=weights))
    if not 0 < share < 1:
        return None
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    spread = abs(math.log(share / (1 - share))) * math.sqrt(share * (1 - share) / total)
    return Trivial(entropy, "always giving the mean of the targets", total, spread)


def _of_squares(calls: tuple[Event, ...]) -> Trivial | None:
    rows = [
        (float(np.prod(c["target"]["shape"])), c["target"]["mean"], c["target"]["std"])
        for c in calls if c["target"].get("std") is not None
    ]
    total = sum(count for count, _, _ in rows)
    if total < MIN_EXAMPLES:
        return None
    count, mean, std = (np.array(column) for column in zip(*rows, strict=True))
    center = float(np.average(mean, weights=count))
    variance = float(np.average(std**2 + (mean - center) ** 2, weights=count))
    return Trivial(variance, "always giving the mean of the targets", int(total), variance * math.sqrt(2 / total))


def _of_absolutes(calls: tuple[Event, ...]) -> Trivial | None:
    rows = [
        (float(np.prod(c["target"]["shape"])), c["absolute_deviation"])
        for c in calls if c.get("absolute_deviation") is not None
    ]
    total = sum(count for count, _ in rows)
    if total < MIN_EXAMPLES:
        return None
    deviation = float(np.average([d for _, d in rows], weights=[c for c, _ in rows]))
    return Trivial(deviation, "always giving the median of the targets", int(total), deviation / math.sqrt(total))
