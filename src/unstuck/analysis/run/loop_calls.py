"""The order of the calls of a training loop: which gradients a step used, and which were cleared before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from unstuck.analysis.run.parameters import OptimizerHistory
from unstuck.analysis.run.training import Training
from unstuck.record.schema import NO_SOURCE, Kind

MAX_ROWS = 1 << 16
"""rows of the timeline that are read for the order of calls"""


@dataclass(slots=True)
class StepCalls:
    """The backward calls between two steps of one optimiser, by the series of their losses."""

    index: int = 0
    """backward calls before the step"""
    erased: list[int] = field(default_factory=list)
    """calls whose gradients were cleared before the step"""
    kept: list[int] = field(default_factory=list)


def step_calls(training: Training, optimizer: OptimizerHistory) -> Iterator[StepCalls]:
    """The steps of an optimiser at which clearing was seen: only within sampled steps is it recorded.

    A backward whose gradients another optimiser has stepped with is over, whoever clears them then.
    """
    reaching, others = set[int](), set[int]()
    for graph in training.graphs:
        mine = any(node.leaf in optimizer.parameters for node in graph.nodes)
        (reaching if mine else others).add(graph.series)
    others -= reaching
    calls, seen = StepCalls(), False
    for row in training.part.timeline[:MAX_ROWS]:
        kind, source = int(row["kind"]), int(row["source"])
        if kind == Kind.BACKWARD:
            if source not in others:
                calls.kept.append(source)
        elif kind == Kind.ZERO_GRAD and source in (optimizer.number, NO_SOURCE):
            calls.erased += calls.kept
            calls.kept, seen = [], True
        elif kind == Kind.STEP and source == optimizer.number:
            calls.index = int(row["index"])
            if seen:
                yield calls
            calls, seen = StepCalls(), False
        elif kind == Kind.STEP:
            calls.kept = []
