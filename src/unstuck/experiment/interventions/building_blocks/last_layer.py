"""More units behind a last layer: made, given to its optimiser, and computed from what went into the layer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from unstuck.experiment.interventions.building_blocks.provenance import LAYERS, Kind, Provenance, Step

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage

Tensor = torch.Tensor
MAX_CLASSES = 1000


class Wider:
    """The last layers of one branch with the units that were added to them."""

    def __init__(self, stage: Stage, provenance: Provenance) -> None:
        self.stage = stage
        self.provenance = provenance
        self._added: dict[int, list[tuple[Tensor, Tensor]]] = {}

    def widened(self, output: Tensor, units: int) -> Tensor | None:
        """The scores of ``units`` units, the layer's own first and no activation; None where there is no such layer."""
        head = list(self.provenance.head(output))
        if not head or head[-1].kind is not Kind.LAYER or units > MAX_CLASSES:
            return None
        layer = head[-1]
        own = head[-2].before if len(head) > 1 else output
        if layer.weight is None or not layer.before.numel() or not self._grow(layer, units):
            return None
        more = [layer.again(layer.before, weight, bias) for weight, bias in self._added.get(id(layer.weight), ())]
        found = torch.cat([own, *more], LAYERS[layer.name]).narrow(LAYERS[layer.name], 0, units)
        if found.dim() > 2:
            for step in reversed(head[:-1]):
                found = step.again(found) if step.kind is Kind.MOVED else found
        return found

    def _grow(self, layer: Step, units: int) -> bool:
        """Add what is lacking; False where no optimiser would train it."""
        assert layer.weight is not None
        weight, added = layer.weight, self._added.setdefault(id(layer.weight), [])
        lacking = units - len(weight) - sum(len(one) for one, _ in added)
        if lacking <= 0:
            return True
        groups = [
            group for optimizer in self.stage.optimizers for group in optimizer.param_groups
            if any(parameter is weight for parameter in group["params"])
        ]  # fmt: skip
        if not groups:
            return False
        bound = 1 / math.sqrt(math.prod(weight.shape[1:]))
        with torch.random.fork_rng(devices=[]):
            pair = tuple(
                torch.nn.Parameter(torch.empty(shape, dtype=weight.dtype).uniform_(-bound, bound).to(weight.device))
                for shape in ((lacking, *weight.shape[1:]), (lacking,))
            )
        for group in groups:
            group["params"].extend(pair)
        self._register(weight, pair, len(added))
        added.append((pair[0], pair[1]))
        return True

    def _register(self, weight: Tensor, pair: tuple[torch.nn.Parameter, ...], number: int) -> None:
        """Make them the module's own, so that `model.zero_grad()` and clipping reach them."""
        for module in (inner for network in self.stage.networks for inner in network.modules()):
            if any(parameter is weight for parameter in module._parameters.values()):
                for kind, parameter in zip(("weight", "bias"), pair, strict=True):
                    module.register_parameter(f"added_{kind}_{number}", parameter)
                return


class Classes:
    """How many classes the labels of the training calls so far name."""

    def __init__(self) -> None:
        self.number = 0

    def update(self, labels: Tensor, training: bool) -> bool:
        """Look at labels; whether all of them are class numbers that are known."""
        if not labels.numel() or bool((labels < 0).any()) or bool((labels != labels.round()).any()):
            return False
        high = int(labels.max()) + 1
        if training:
            self.number = max(self.number, high)
        return 2 <= self.number <= MAX_CLASSES and high <= self.number
