"""Where a value that is not a number comes from: weights first, then data, then the operation nearest the data."""

from __future__ import annotations

from dataclasses import replace

import torch

from unstuck.record.events import GraphNode, Nonfinite
from unstuck.watch.torch import activations
from unstuck.watch.torch.graph_traversal import LAYER_MARK, Walk, metadata
from unstuck.watch.torch.names import Registry
from unstuck.watch.torch.nonfinite import bad_targets, bad_values
from unstuck.watch.torch.summary import readable
from unstuck.watch.torch.trainings import TrainingState


def origin_of(state: TrainingState, found: Walk, registry: Registry, *, look_inside: bool) -> Nonfinite:
    """What the graph above a non-finite loss holds that is not finite.

    Args:
        state: the training.
        found: the graph.
        registry: names of modules and parameters.
        look_inside: whether saved tensors may be read (checkpointing packs them: to read is to run again).
    """
    weights = []
    for leaf in found.leaves.values():
        if readable(leaf) and not bool(torch.isfinite(leaf).all()):
            owner = registry.owner(leaf)
            weights.append(registry.prefix(owner.root) + owner.name if owner else f"tensor{list(leaf.shape)}")
    facts = Nonfinite(weights=tuple(weights), leaves=len(found.leaves))
    if not look_inside:
        return facts
    inputs = activations.constant_inputs(found, lambda leaf: registry.number(leaf) in state.parameters)
    facts = replace(
        facts, inputs_nonfinite=sum(int((~torch.isfinite(value)).sum()) for _, value in inputs),
        target_nonfinite=bad_targets(found.nodes),
    )
    traced = state.signatures.get(found.signature(registry.number))
    for at in reversed(range(len(found.names))):
        bad = bad_values(found.nodes[at], found.names[at])
        if bad is not None:
            node = traced[at] if traced is not None else GraphNode(op=found.names[at])
            marked = metadata(found.nodes[at]).get(LAYER_MARK)
            return replace(
                facts, op=found.names[at], count=bad[0], of=bad[1], file=node.file, line=node.line,
                layer=registry.full_name(marked) if marked is not None else node.layer,
            )
    return facts
