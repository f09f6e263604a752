"""The half of DAT115 that looks at a run: sequences that are sorted to be packed, and never put back."""

from __future__ import annotations

import math
from typing import NamedTuple

from unstuck.analysis.run.graph import Graph
from unstuck.analysis.run.head import learned_inputs
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Applicability, Evidence, Place, Remedy
from unstuck.core.words import number
from unstuck.record import events

PACKING = "pack_padded_sequence"
REORDERING = frozenset({"index", "index_select", "gather", "index_put", "scatter", "take", "take_along_dim"})
"""operations that put rows into another order"""


class LostOrder(NamedTuple):
    """What is said of it."""

    message: str
    place: Place
    used_at: Place
    evidence: tuple[Evidence, ...]


def lost_order(view: TrainingView, level: float) -> LostOrder | None:
    """Outputs in the order of their lengths, beside targets in the order of the loader.

    Args:
        view: a training.
        level: share of the baseline loss that is left, from which on the pairs teach nothing.
    """
    packed = [event for event in view.training.of(events.Packed) if event.reordered]
    graphs = [graph for graph in view.training.graphs if any(node.op == PACKING for node in graph.nodes)]
    status = view.status
    if not packed or not graphs or status.baseline is None or not math.isfinite(status.last):
        return None
    left = status.last / status.baseline.loss
    if left < level or any(_restores(graph) for graph in graphs):
        return None
    event = packed[0]
    node = next(node for node in graphs[0].nodes if node.op == PACKING)
    return LostOrder(
        f"{event.sequences} sequences are sorted by length to be packed, and nothing puts what comes of them back into "
        f"the order of the batch: it meets the targets of other examples. The loss ends at {number(status.last)}, "
        f"{status.baseline.answer} has {number(status.baseline.loss)}",
        Place(file=event.file, line=event.line) if event.line is not None else Place(file=node.file, line=node.line),
        view.loss_place(),
        (
            Evidence(key="loss_left", label="loss at the end / baseline loss", value=left, threshold=level),
            Evidence(key="sorted_sequences", label="sequences that are sorted", value=float(event.sequences)),
        ),
    )


def _restores(graph: Graph) -> bool:
    """Whether an operation above the packing changes the order of rows."""
    above: dict[int, list[int]] = {}
    for position, node in enumerate(graph.nodes):
        for below in learned_inputs(node):
            above.setdefault(below, []).append(position)
    waiting = [position for position, node in enumerate(graph.nodes) if node.op == PACKING]
    seen = set(waiting)
    while waiting:
        for position in above.get(waiting.pop(), ()):
            if position not in seen:
                if graph.nodes[position].op in REORDERING:
                    return True
                seen.add(position)
                waiting.append(position)
    return False


RESTORE = Remedy(
    name="restore-order", text="Let the packing sort and put back, or put the outputs back yourself.",
    applicability=Applicability.MANUAL,
    code="packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)\n"
    "# or: output[order.argsort()]",
)  # fmt: skip
