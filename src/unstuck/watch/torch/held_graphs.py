"""Which graphs of earlier steps are still held: a mark on their nodes lives for as long as one of them does."""

from __future__ import annotations

import weakref

from unstuck.watch.torch.graph_traversal import Walk

HELD_MARK = "unstuck_held"
MARKED = 32
"""nodes nearest the loss that carry the mark"""
OLD = 2
"""backward calls after which a graph is one of an earlier step"""
MAX_PLANTED = 4096


class Mark:
    """Held by the nodes of one graph, and by nothing else."""

    __slots__ = ("__weakref__",)


class HeldGraphs:
    """Marks the graphs of sampled steps, and tells which of them are still alive."""

    def __init__(self) -> None:
        self.planted = 0
        self.alive: dict[int, weakref.ref[Mark]] = {}
        """step → its mark"""
        self.last = 0

    def plant(self, found: Walk, step: int) -> None:
        """Mark the graph of a loss that is differentiated now."""
        if step in self.alive or self.planted >= MAX_PLANTED:
            return
        mark = Mark()
        for at, node in enumerate(found.nodes[:MARKED]):
            if at not in found.leaves:  # the node of a leaf lasts
                try:
                    node.metadata[HELD_MARK] = mark
                except (AttributeError, RuntimeError):
                    continue
        self.alive[step] = weakref.ref(mark)
        self.planted += 1

    def earlier(self, step: int) -> tuple[int, int, int | None]:
        """Of the steps well before this one: graphs marked, graphs still held, the earliest step of these."""
        self.alive = {at: mark for at, mark in self.alive.items() if mark() is not None or at > step - OLD}
        held = [at for at in self.alive if at <= step - OLD]
        young = len(self.alive) - len(held)
        return self.planted - young, len(held), min(held, default=None)
