"""What losses were asked for: class numbers, distinct values, shapes, as the recorded calls tell them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from unstuck.analysis.run.training import Training
from unstuck.record import events
from unstuck.record.reader import Event

IGNORED = -100
"""the label that torch's losses leave out unless told otherwise"""


@dataclass(frozen=True, slots=True)
class Labels:
    """Class numbers that served as targets, and how often each did."""

    counts: Counter[int]
    whole: bool
    """counted over the whole data set, not over the batches that were looked at"""

    @property
    def total(self) -> int:
        """How many were looked at."""
        return sum(self.counts.values())

    @property
    def low(self) -> int:
        """The smallest."""
        return min(self.counts)

    @property
    def high(self) -> int:
        """The largest."""
        return max(self.counts)

    @property
    def contiguous(self) -> bool:
        """Whether every number from 0 to the largest occurs, and no other."""
        return bool(self.counts) and self.low == 0 and len(self.counts) == self.high + 1

    def told(self) -> str:
        """In words: how many of what."""
        return f"all {self.total} labels" if self.whole else f"the {self.total} labels that were looked at"


def labels_of(training: Training, calls: Iterable[Event]) -> Labels | None:
    """The integer labels of these calls; of the whole data set where a loader told them."""
    counts: Counter[int] = Counter()
    ignored = {IGNORED}
    for call in calls:
        if not str(call["target"].get("dtype", "")).startswith(("float", "bfloat")):
            for label, number in (call.get("labels") or {}).items():
                counts[int(label)] += int(number)
            ignored.add(int(call.get("ignore_index", IGNORED)))
    counts = Counter({label: number for label, number in counts.items() if label not in ignored})
    if not counts:
        return None
    best = Labels(counts, whole=False)
    for loader in training.part.of(events.Loader):
        told = {int(k): int(n) for k, n in (loader.get("labels") or {}).items() if int(k) not in ignored}
        if set(counts) <= set(told) and (not best.whole or sum(told.values()) > best.total):
            best = Labels(Counter(told), whole=True)
    return best


def distinct_of(calls: Iterable[Event]) -> Counter[float] | None:
    """The distinct numbers among the targets of these calls; None where one call had many, or none told."""
    counts: Counter[float] = Counter()
    for call in calls:
        if call.get("distinct") is None:
            return None
        for value, number in call["distinct"]:
            counts[float(value)] += int(number)
    return counts or None


def shape_of(facts: Event) -> tuple[int, ...]:
    """The shape of a described tensor; empty where it was not told."""
    return tuple(facts.get("shape") or ())
