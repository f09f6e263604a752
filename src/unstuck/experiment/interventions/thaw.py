"""Everything learns: what is frozen gets gradients, and an optimiser that moves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.interventions.building_blocks.param_groups import add_parameters, nearest, without_optimiser

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class Thaw(Intervention):
    """`requires_grad` is switched on in all networks that are called with gradients on, before their first call."""

    name: ClassVar[str] = "thaw"
    remedies: ClassVar[tuple[str, ...]] = ("thaw",)
    changes: ClassVar[str] = "frozen parameters learn"
    prompt: ClassVar[bool] = True

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting; where nothing is frozen it is not tested."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Switch the gradients on, and see that an optimiser holds what has been switched on."""
        thawed: list[tuple[torch.nn.Module, torch.Tensor]] = []

        def switch_on(network: torch.nn.Module, _: tuple[Any, ...]) -> None:
            for parameter in frozen(network.parameters()):
                parameter.requires_grad_(True)
                thawed.append((network, parameter))
                stage.applied("requires_grad switched on")

        def hold(optimizer: torch.optim.Optimizer) -> None:
            while thawed:
                network, parameter = thawed.pop()
                if without_optimiser([parameter], stage.optimizers):
                    add_parameters([parameter], nearest(network.parameters(), stage.optimizers or [optimizer]))

        stage.on_network(switch_on)
        stage.before_step(hold)


def frozen(parameters: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
    """Those that could have a gradient and have none."""
    for parameter in parameters:
        if not parameter.requires_grad and parameter.is_floating_point() and parameter.is_leaf:
            yield parameter
