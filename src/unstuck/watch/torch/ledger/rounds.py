"""Counts the passes over examples of which nothing is known but their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

HALF = 0.5
"""share of a batch that was seen in this pass, from which on another pass has begun"""
MOST_KNOWN = 200_000
"""examples of a pass that are remembered"""


@dataclass(slots=True)
class _Pass:
    number: int = 0
    seen: set[int] = field(default_factory=set)
    before: set[int] = field(default_factory=set)
    """the batch before: one that is used several times in a row begins no pass"""


@dataclass(slots=True)
class Rounds:
    """The number of the pass, by source."""

    passes: dict[int, _Pass] = field(default_factory=dict)

    def of(self, source: int, keys: Sequence[int]) -> int:
        """The pass that a batch of this source belongs to; a new one where half of it was seen in the last one."""
        one = self.passes.setdefault(source, _Pass())
        batch = set(keys)
        if batch != one.before and sum(key in one.seen for key in keys) >= HALF * len(keys):
            one.number += 1
            one.seen = set()
        if len(one.seen) < MOST_KNOWN:
            one.seen |= batch
        one.before = batch
        return one.number

    def after_pause(self) -> None:
        """Batches have passed unseen: whether what comes now is the same pass is not known, so it is another one."""
        for one in self.passes.values():
            one.number += bool(one.seen)
            one.seen, one.before = set(), set()
