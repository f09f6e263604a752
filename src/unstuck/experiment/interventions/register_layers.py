"""Layers in a plain list or dict are handed to the optimiser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class RegisterLayers(Intervention):
    """What `nn.ModuleList` does, but for the state dict: the group that holds the network's weights gets them too."""

    name: ClassVar[str] = "register-layers"
    remedies: ClassVar[tuple[str, ...]] = ("register-layers",)
    changes: ClassVar[str] = "layers in a plain list are learned"

    def install(self, stage: Stage) -> None:
        """Look for such layers in each network before its first call."""
        learned: dict[int, list[torch.Tensor]] = {}

        def register(network: torch.nn.Module, _: tuple[Any, ...]) -> None:
            registered = {id(p) for p in network.parameters()}
            left = {id(p): p for layer in unregistered(network) for p in layer.parameters() if p.requires_grad}
            held = {id(p) for one in stage.optimizers for group in one.param_groups for p in group["params"]}
            fresh = [p for key, p in left.items() if key not in held | registered]
            for optimizer in stage.optimizers:
                for group in optimizer.param_groups:
                    if fresh and any(id(p) in registered for p in group["params"]):
                        group["params"] += fresh
                        learned.setdefault(id(optimizer), []).extend(fresh)
                        stage.applied(f"{len(fresh)} parameters of layers in a plain list handed to the optimiser")
                        return

        def clear(optimizer: torch.optim.Optimizer) -> None:
            for parameter in learned.get(id(optimizer), ()):
                parameter.grad = None  # the script's own call may clear its network's alone

        stage.on_network(register)
        stage.after_step(clear)


def unregistered(network: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """Modules that its modules keep in lists, tuples and dicts."""
    import torch

    for module in list(network.modules()):
        own = {key: value for key, value in vars(module).items() if not key.startswith("_")}
        ways: list[Any] = [value for value in own.values() if isinstance(value, list | tuple | dict)]
        while ways:
            thing = ways.pop()
            if isinstance(thing, torch.nn.Module):
                yield thing
                yield from unregistered(thing)
            elif isinstance(thing, list | tuple):
                ways += thing
            elif isinstance(thing, dict):
                ways += thing.values()
