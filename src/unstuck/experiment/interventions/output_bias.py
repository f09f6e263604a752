"""The last layer starts at the constant baseline: class frequencies, or the mean of the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

STRAIGHT = {"nll_loss": ("log_softmax",), "binary_cross_entropy": ("sigmoid",)}
"""loss → the activation that belongs before it"""


@dataclass(frozen=True)
class OutputBias(Intervention):
    """The bias of the last layer is set once, from the first batch's targets, before the first step."""

    name: ClassVar[str] = "output-bias"
    remedies: ClassVar[tuple[str, ...]] = ("output-bias",)
    changes: ClassVar[str] = "the last layer's bias starts at the constant baseline"

    def install(self, stage: Stage) -> None:
        """At the first loss of each last layer."""
        import torch

        provenance = stage.provenance()
        done: list[torch.Tensor] = []

        def start(call: LossCall) -> None:
            layer = provenance.layer(call.given) if call.training else None
            if layer is None or layer.bias is None or any(one is layer.bias for one in done):
                return
            done.append(layer.bias)
            if provenance.activations(call.given) != STRAIGHT.get(call.function, ()):
                return
            answer = constant(call, len(layer.bias))
            if answer is not None and bool(torch.isfinite(answer).all()):
                with torch.no_grad():
                    layer.bias.copy_(answer.expand_as(layer.bias))
                stage.applied("bias of the last layer set to the constant baseline")

        stage.on_loss(start)


def constant(call: LossCall, units: int) -> torch.Tensor | None:
    """The scores, or numbers, of the best constant prediction to one batch; None where they are not known."""
    import torch

    from unstuck.experiment.interventions.building_blocks.class_frequencies import Frequencies

    target = call.target.detach()
    if call.function in LIKELIHOOD_LOSSES:
        seen = Frequencies(units)
        return seen.shares.log() if seen.update(target, True, int(call.arguments["ignore_index"])) else None
    if call.function in CROSS_ENTROPY_BINARY and target.min() >= 0 and target.max() <= 1:
        rows = target.reshape(-1, units) if target.dim() else target.reshape(1, 1)
        return torch.logit((rows.sum(0) + 0.5) / (len(rows) + 1))
    if call.function in REGRESSION_LOSSES and target.numel() > units and target.numel() % units == 0:
        return target.reshape(-1, units).mean(0) if target.shape[-1] == units or units == 1 else None
    return None
