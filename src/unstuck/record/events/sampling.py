"""Sampled steps: gradients, graphs, tensors that are summarised, data that enters the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from unstuck.record.events.base import Event
from unstuck.record.events.facts import FeatureFacts, GradientFacts, GraphNode, TensorFacts
from unstuck.record.events.losses import NOT_RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledStep(Event):
    """One step that was measured in detail."""

    kind: ClassVar[str] = "sampled_step"
    training: int | None = None
    backward_calls: int = 0
    optimizers: Mapping[int, GradientFacts] = field(default_factory=dict)
    """optimiser id → its gradients; `RAW_LEAVES` for tensors that no optimiser holds"""
    cost: float = 0.0
    """CPU seconds that the measuring took"""
    memory: int | None = None
    """bytes of resident memory"""
    nodes: int = 0
    """operations in the largest graph that was differentiated; at most as many as are walked"""
    graphs_planted: int = 0
    """graphs of earlier sampled steps that were marked …"""
    graphs_kept: int = 0
    """… and those of them that something still holds"""
    oldest_graph: int | None = None
    """the earliest step whose graph is still held"""


RAW_LEAVES = -1
"""key of `SampledStep.optimizers` for tensors that the user's code moves without an optimiser"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSeen(Event):
    """The autograd graph above a loss, once for each structure; node 0 is the loss."""

    kind: ClassVar[str] = "graph"
    training: int = 0
    series: int = 0
    truncated: bool = False
    nodes: tuple[GraphNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorPlace(Event):
    """A tensor that is summarised again and again: its summaries are rows of the layer frames."""

    kind: ClassVar[str] = "place"
    id: int
    """the place number of its rows"""
    training: int | None = None
    what: str = ""
    """``weight``, ``gradient``, ``update``, ``output``, ``activation``, or ``ungraded`` (called with gradients off)"""
    name: str = ""
    layer: str | None = None
    op: str | None = None
    """canonical name of the activation"""
    parameter: int | None = None
    """id of the parameter"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSeen(Event):
    """Data that entered the first layers."""

    kind: ClassVar[str] = "input"
    training: int | None = None
    op: str = ""
    """the operation that read it"""
    layer: str | None = None
    values: TensorFacts = NOT_RECORDED
    features: FeatureFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindStep(Event):
    """An optimiser stepped before any backward was seen."""

    kind: ClassVar[str] = "blind_step"
    training: int | None = None
    optimizer: int = 0
    steps: int = 0
    parameters: int = 0
    none: int = 0
    """parameters without a gradient"""
    norm: float = 0.0
    """joint norm of the gradients"""
    file: str | None = None
    line: int | None = None
    made_at: int | None = None
