"""Where a value that is not a number comes from: weights first, then data, then the operation nearest the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from unstuck.watch.torch import activations
from unstuck.watch.torch.edge import bad_targets, bad_values
from unstuck.watch.torch.summary import readable
from unstuck.watch.torch.walk import LAYER_MARK, Walk, operation

if TYPE_CHECKING:
    from unstuck.watch.torch.names import Registry
    from unstuck.watch.torch.trainings import TrainingState


def origin_of(state: TrainingState, found: Walk, registry: Registry, *, look_inside: bool) -> dict[str, Any]:
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
    told: dict[str, Any] = {"weights": weights, "leaves": len(found.leaves)}
    if not look_inside:
        return told
    inputs = activations.constant_inputs(found, lambda leaf: registry.number(leaf) in state.parameters)
    told["inputs_nonfinite"] = sum(int((~torch.isfinite(value)).sum()) for _, value in inputs)
    told["target_nonfinite"] = bad_targets(found.nodes)
    traced = state.signatures.get(found.signature(registry.number))
    for at in reversed(range(len(found.names))):
        bad = bad_values(found.nodes[at], operation(found.names[at]))
        if bad is not None:
            node = traced[at] if traced is not None else {}
            marked = getattr(found.nodes[at], "metadata", {}).get(LAYER_MARK)
            told |= {
                "op": operation(found.names[at]), "count": bad[0], "of": bad[1],
                "layer": registry.full_name(marked) if marked is not None else node.get("layer"),
                "file": node.get("file"), "line": node.get("line"),
            }
            break
    return told
