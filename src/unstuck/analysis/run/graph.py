"""The autograd graph above a loss, as recorded."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.record.events import GraphNode as Node
from unstuck.record.events import GraphSeen

__all__ = ["Graph", "Node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The graph of one backward call; node 0 is the loss. Nodes refer to their inputs by position."""

    step: int
    series: int
    training: int
    truncated: bool
    nodes: tuple[Node, ...]

    @classmethod
    def of(cls, event: GraphSeen) -> Graph:
        """The graph that an event holds."""
        return cls(
            step=event.step, series=event.series, training=event.training, truncated=event.truncated,
            nodes=event.nodes,
        )
