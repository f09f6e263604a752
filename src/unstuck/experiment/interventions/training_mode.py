"""`model.train()` before every training forward, `model.eval()` in evaluation, where the script forgot them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class TrainingMode(Intervention):
    """A forward with gradients on is training, one without is evaluation; frozen parts keep the mode they have."""

    name: ClassVar[str] = "training-mode"
    remedies: ClassVar[tuple[str, ...]] = ("training-mode",)
    changes: ClassVar[str] = "train() before each training forward, eval() in evaluation"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Set the mode of every network for each of its calls, and put it back behind it."""
        import torch

        from unstuck.experiment.interventions.building_blocks.network_structure import NetworkStructure

        kinds = (torch.nn.modules.batchnorm._NormBase, torch.nn.modules.dropout._DropoutNd, torch.nn.RNNBase,
                 torch.nn.MultiheadAttention)  # fmt: skip
        back: list[tuple[torch.nn.Module, bool]] = []

        def set_mode(network: torch.nn.Module, _: tuple[Any, ...]) -> None:
            training = torch.is_grad_enabled()
            for module in list(network.modules()):
                parameters = list(module.parameters())
                frozen = bool(parameters) and not any(p.requires_grad for p in parameters)
                if module.training is training or frozen:
                    continue
                back.append((module, module.training))
                module.training = training
                if isinstance(module, kinds):
                    stage.applied(f"{'train' if training else 'eval'}() where the script forgot it")

        def restore(_: torch.nn.Module) -> None:
            while back:
                module, mode = back.pop()
                module.training = mode

        structure = NetworkStructure(stage)
        structure.before_network.append(set_mode)
        structure.after_network.append(restore)
