"""The targets of loss calls: class numbers, distinct values, shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from unstuck.analysis.run.training import Training
from unstuck.record import events
from unstuck.record.events import IGNORED_LABEL, LossCall, TensorFacts


@dataclass(frozen=True, slots=True)
class Labels:
    """Class numbers that are targets, and how often each one is."""

    counts: Counter[int]
    whole: bool
    """counted over the whole data set, not over the sampled batches"""

    @property
    def total(self) -> int:
        """Number of labels."""
        return self.counts.total()

    @property
    def low(self) -> int:
        """The smallest label."""
        return min(self.counts)

    @property
    def high(self) -> int:
        """The largest label."""
        return max(self.counts)

    @property
    def contiguous(self) -> bool:
        """Whether every number from 0 to the largest occurs, and no other."""
        return bool(self.counts) and self.low == 0 and len(self.counts) == self.high + 1

    def description(self) -> str:
        """In words: how many labels, of what."""
        return f"all {self.total} labels" if self.whole else f"the {self.total} sampled labels"


def labels_of(training: Training, calls: Iterable[LossCall]) -> Labels | None:
    """The integer labels of these calls; those of the whole data set where a loader holds them."""
    counts: Counter[int] = Counter()
    ignored = {IGNORED_LABEL}
    for call in calls:
        if not call.target.is_floating_point:
            counts.update(call.labels or {})
            ignored.add(call.ignored_label)
    counts = Counter({label: count for label, count in counts.items() if label not in ignored})
    if not counts:
        return None
    best = Labels(counts, whole=False)
    for loader in training.part.of(events.Loader):
        of_loader = {label: count for label, count in (loader.labels or {}).items() if label not in ignored}
        if set(counts) <= set(of_loader) and (not best.whole or sum(of_loader.values()) > best.total):
            best = Labels(Counter(of_loader), whole=True)
    return best


def distinct_of(calls: Iterable[LossCall]) -> Counter[float] | None:
    """The distinct values among the targets of these calls; None where a call has many, or does not hold them."""
    counts: Counter[float] = Counter()
    for call in calls:
        if call.distinct is None:
            return None
        for value, count in call.distinct:
            counts[value] += int(count)
    return counts or None


def shape_of(tensor: TensorFacts) -> tuple[int, ...]:
    """The shape of a tensor; empty where it is unknown."""
    return tensor.shape or ()
