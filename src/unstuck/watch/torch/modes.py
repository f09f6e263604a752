"""Which layers behave otherwise in training than in evaluation."""

from __future__ import annotations

import torch

from unstuck.record.events import LayerModes
from unstuck.watch.torch.sampled_step import SampledStep
from unstuck.watch.torch.state import State
from unstuck.watch.torch.trainings import TrainingState

DROPOUT, STATISTICS = "dropout", "statistics"
MAX_NAMED = 64
"""layers told of one network"""
MAX_TOLD = 64
"""changes told of one training"""


def depends_on_mode(module: torch.nn.Module) -> str | None:
    """What the mode decides in this very layer: dropout, or whose statistics normalise; None: nothing."""
    if isinstance(module, torch.nn.modules.dropout._DropoutNd):
        return DROPOUT if module.p > 0 else None
    if isinstance(module, torch.nn.modules.batchnorm._NormBase):
        return STATISTICS if module.running_mean is not None else None
    if isinstance(module, torch.nn.RNNBase):
        return DROPOUT if module.dropout > 0 and module.num_layers > 1 else None
    return DROPOUT if isinstance(module, torch.nn.MultiheadAttention) and module.dropout > 0 else None


class Modes:
    """Tells in which mode the layers of a network are trained, where that has changed."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.told: dict[int, list[LayerModes]] = {}

    def tell(self, sampled: SampledStep, training: TrainingState, leaves: list[torch.Tensor]) -> None:
        """Of the networks that a loss reaches."""
        seen, functions = sampled.modes, sampled.dropouts
        if not seen and not functions:
            return
        registry = self.state.registry
        owners = [owner for leaf in leaves if (owner := registry.owner(leaf)) is not None]
        roots = {id(owner.root): owner.root for owner in owners}
        mine = {id(module) for root in roots.values() for module in root.modules()}
        modes = {True: list[str](), False: list[str]()}
        for key, on in seen.items():
            if key in mine and (name := registry.full_name(key)) is not None:
                modes[on].append(name)
        for (file, line), on in functions.items():
            modes[on].append(f"dropout() in {file.rpartition('/')[2]}:{line}")
        networks = [name for key, root in roots.items() if not root.training and (name := registry.full_name(key))]
        event = LayerModes(
            step=self.state.index, training=training.number, evaluation=tuple(modes[False][:MAX_NAMED]),
            training_mode=tuple(modes[True][:MAX_NAMED]), networks=tuple(networks[:MAX_NAMED]),
        )  # fmt: skip
        before = self.told.setdefault(training.number, [])
        if len(before) < MAX_TOLD and not (before and _is_same(before[-1], event)):
            before.append(event)
            self.state.part.write(event)


def _is_same(one: LayerModes, other: LayerModes) -> bool:
    return (one.evaluation, one.training_mode, one.networks) == (
        other.evaluation, other.training_mode, other.networks
    )  # fmt: skip
