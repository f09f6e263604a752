"""A norm that is put behind the hidden layers of a network, with its own parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import batch_norm, group_norm, layer_norm

from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.stage import Stage

Module = torch.nn.Module
Tensor = torch.Tensor


@dataclass(slots=True)
class Norm:
    """Scale and shift of one layer, and what it remembers of its batches."""

    channels: int
    scale: Tensor
    shift: Tensor
    mean: Tensor
    variance: Tensor

    @classmethod
    def behind(cls, layer: Module, output: Tensor) -> Norm:
        """One that leaves what is normed as it is."""
        channels = output.shape[channel_axis(layer, output)]
        weight = layer.weight
        assert isinstance(weight, Tensor)
        ones, zeros = weight.detach().new_ones(channels), weight.detach().new_zeros(channels)
        return cls(
            channels, torch.nn.Parameter(ones), torch.nn.Parameter(zeros), mean=zeros.clone(), variance=ones.clone()
        )

    def over_the_batch(self, layer: Module, output: Tensor) -> Tensor:
        """Batch normalisation, with running moments where the layer is not training."""
        flat = output.movedim(channel_axis(layer, output), -1)
        rows = flat.reshape(-1, self.channels)
        training = layer.training and len(rows) > 1
        normed = batch_norm(rows, self.mean, self.variance, self.scale, self.shift, training)
        return normed.reshape(flat.shape).movedim(-1, channel_axis(layer, output))

    def over_the_units(self, layer: Module, output: Tensor) -> Tensor:
        """Layer normalisation; over all positions too, where the layer is a convolution."""
        if isinstance(layer, torch.nn.Linear):
            return layer_norm(output, (self.channels,), self.scale, self.shift)
        one = output if output.dim() > channels_first(layer) else output.unsqueeze(0)
        return group_norm(one, 1, self.scale, self.shift).reshape(output.shape)


def channels_first(layer: Module) -> int:
    """Dimensions of one example of a convolution, with its channels."""
    return len(layer.kernel_size) + 1 if isinstance(layer, torch.nn.modules.conv._ConvNd) else 1


def channel_axis(layer: Module, output: Tensor) -> int:
    """Where the units of a layer are."""
    return -1 if isinstance(layer, torch.nn.Linear) else output.dim() - channels_first(layer)


def insert(stage: Stage, what: str, apply: Callable[[Norm, Module, Tensor], Tensor]) -> None:
    """Put a norm behind every hidden layer that has an activation and no norm behind it."""
    structure = NetworkStructure(stage)
    norms: dict[int, Norm | None] = {}
    learned: dict[int, list[Tensor]] = {}

    def join(layer: Module, norm: Norm) -> None:
        """Have the optimiser of the layer learn it too, in the same group: its rate, its schedule."""
        for optimizer in stage.optimizers:
            for group in optimizer.param_groups:
                if any(p is layer.weight for p in group["params"]) and not isinstance(optimizer, torch.optim.LBFGS):
                    group["params"] += [norm.scale, norm.shift]
                    learned.setdefault(id(optimizer), []).extend((norm.scale, norm.shift))
                    return
        norm.scale.requires_grad_(False)
        norm.shift.requires_grad_(False)

    def change(layer: Module, _: Tensor, output: Tensor) -> Tensor | None:
        if id(layer) not in norms:
            links = structure.links.get(layer, [])
            hidden = bool(links) and all(link.activated and not link.normed for link in links)
            norms[id(layer)] = norm = Norm.behind(layer, output) if hidden else None
            if norm is not None:
                join(layer, norm)
        norm = norms[id(layer)]
        if norm is None or not output.numel():
            return None
        stage.applied(what)
        return apply(norm, layer, output)

    def clear(optimizer: torch.optim.Optimizer) -> None:
        for parameter in learned.get(id(optimizer), ()):
            parameter.grad = None  # the script's own call clears its network's alone

    structure.change_output.append(change)
    stage.after_step(clear)
