"""What enters the network has mean 0 and spread 1, feature by feature, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage

FLOOR = 0.1
"""smallest spread, as a share of the median feature's: a pixel that is nearly always black is not blown up"""
LARGEST = 10.0
"""spreads from the mean at which an input ends: a feature that was constant in the first batches may leap"""


@dataclass(frozen=True)
class StandardiseInput(Intervention):
    """Mean and spread come from the first batches that reach a layer which reads data, and stay with that layer."""

    name: ClassVar[str] = "standardise-input"
    remedies: ClassVar[tuple[str, ...]] = ("standardise-input",)
    changes: ClassVar[str] = "inputs are standardised"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Before every call of a layer with weights that was first called on data."""
        import torch
        from torch.nn.modules.module import register_module_forward_pre_hook

        from unstuck.experiment.interventions.building_blocks.moments import Moments

        entries: dict[int, Moments] = {}
        seen: dict[int, torch.nn.Module] = {}

        def before(module: torch.nn.Module, arguments: tuple[Any, ...]) -> Any:
            if stage.turn.ours or not arguments or not isinstance(arguments[0], torch.Tensor):
                return None
            given, axis = arguments[0], axis_of(module)
            if axis is None or not given.is_floating_point() or given.dim() < 2:
                return None
            if id(module) not in seen and torch.is_grad_enabled():
                seen[id(module)] = module
                trained = any(parameter.requires_grad for parameter in module.parameters(recurse=False))
                if trained and not given.requires_grad:
                    entries[id(module)] = Moments()
            moments = entries.get(id(module))
            if moments is None:
                return None
            if module.training and torch.is_grad_enabled() and not given.requires_grad:
                moments.update(given.movedim(axis, -1).reshape(-1, given.shape[axis]))
            if moments.count < 2:
                return None
            stage.applied("inputs standardised")
            return (standardised(given, axis, moments.mean, moments.spread), *arguments[1:])

        register_module_forward_pre_hook(before)


def axis_of(module: torch.nn.Module) -> int | None:
    """The axis of the features in what a layer reads; None for what is not such a layer."""
    import torch

    if isinstance(module, torch.nn.Linear | torch.nn.RNNBase | torch.nn.RNNCellBase | torch.nn.Bilinear):
        return -1
    return 1 if isinstance(module, torch.nn.modules.conv._ConvNd) else None


def standardised(given: torch.Tensor, axis: int, mean: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    """The same with mean 0 and spread 1 along every other axis."""
    import torch

    alive = spread[spread > 0]
    middle = alive.median() if len(alive) else torch.ones_like(spread[0])
    spread = torch.where(spread > 0, spread.clamp_min(FLOOR * float(middle)), middle)
    shape = [1] * given.dim()
    shape[axis] = -1
    mean, spread = (one.to(given.device, given.dtype).reshape(shape) for one in (mean, spread))
    return ((given - mean) / spread).clamp(-LARGEST, LARGEST)
