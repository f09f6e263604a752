"""The autograd graph above a loss, as recorded: nodes with operation, shape, place; pure questions about it."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.record.reader import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operation. ``inputs`` are positions in the graph; None stands for a constant (no gradient)."""

    op: str
    """its canonical name (`core.vocabulary`): ``nll_loss``, ``softmax``, ``addmm``"""
    inputs: tuple[int | None, ...]
    shape: tuple[int, ...] | None = None
    """of the operation's (first) output"""
    dim: int | None = None
    """the axis, where the operation has one (softmax, log-softmax, sum)"""
    leaf: int | None = None
    """the parameter's id, where this is a leaf"""
    layer: str | None = None
    """the module that made it"""
    file: str | None = None
    line: int | None = None
    """the user's line that made it"""
    via: str | None = None
    """the library function that the user's line called: ``softmax``, ``dropout``, ``_call_impl`` of a module"""
    settings: Event | None = None
    """few further facts, such as ``groups`` of a convolution or a saved factor"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The graph of one backward call; node 0 is the loss itself."""

    step: int
    series: int
    training: int
    truncated: bool
    nodes: tuple[Node, ...]

    @classmethod
    def from_event(cls, event: Event) -> Graph:
        """From a ``graph`` event."""
        nodes = tuple(
            Node(
                op=node["op"],
                inputs=tuple(node.get("in", ())),
                shape=tuple(node["shape"]) if node.get("shape") is not None else None,
                dim=node.get("dim"),
                leaf=node.get("leaf"),
                layer=node.get("layer"),
                file=node.get("file"),
                line=node.get("line"),
                via=node.get("via"),
                settings=node.get("settings"),
            )
            for node in event["nodes"]
        )
        return cls(
            step=event["step"], series=event["series"], training=event["training"],
            truncated=event["truncated"], nodes=nodes,
        )
