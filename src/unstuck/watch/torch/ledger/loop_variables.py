"""Variables that hold one batch after the other: what such a variable holds is no set of its own.

The first time that a variable holds just the batch that is evaluated, the batch may be a whole set. When it holds
another one, and the first is no longer there, it was a batch of a loop.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from unstuck.watch.torch.ledger.user_arrays import Named

Tensor = torch.Tensor
Site = tuple[int, str]


class _Held(NamedTuple):
    value: weakref.ref[object]
    source: int
    keys: Tensor


def _site(named: Named) -> Site:
    return id(named.frame.f_code), named.name


@dataclass(slots=True)
class LoopVariables:
    """By the function that a variable stands in, and its name."""

    held: dict[Site, _Held] = field(default_factory=dict)
    known: set[Site] = field(default_factory=set)
    sources: list[int] = field(default_factory=list)
    """of batches that were taken for whole sets; to be described anew"""

    def holds_batches(self, named: Named, keys: Callable[[], Tensor]) -> bool:
        """Whether the variable holds one batch after the other; its frame has just been read.

        Args:
            named: the variable, and what it holds.
            keys: of what it holds: the same content that was made anew is the same set.
        """
        site = _site(named)
        if site in self.known:
            return True
        before = self.held.get(site)
        if before is None or before.value() is not None or torch.equal(before.keys, keys()):
            return False
        self.known.add(site)
        self.sources.append(before.source)
        return True

    def holds(self, named: Named, source: int, keys: Tensor) -> None:
        """It is taken for a whole set, for now."""
        self.held[_site(named)] = _Held(weakref.ref(named.value), source, keys)

    def same_as_before(self, named: Named, keys: Tensor) -> int | None:
        """The source of what the variable held before, if its content was the same."""
        before = self.held.get(_site(named))
        return before.source if before is not None and torch.equal(before.keys, keys) else None
