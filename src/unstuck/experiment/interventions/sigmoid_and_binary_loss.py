"""A softmax over one unit is undone, and the binary loss that takes scores put behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.handwritten_error import Pair
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class SigmoidAndBinaryLoss(Intervention):
    """One unit and two classes: the unit's score goes to `binary_cross_entropy_with_logits`.

    An error of numbers stays, so that it can be compared with its control, and is given the sigmoid of the score.
    """

    name: ClassVar[str] = "sigmoid-and-binary-loss"
    remedies: ClassVar[tuple[str, ...]] = ("sigmoid-and-binary-loss",)
    changes: ClassVar[str] = "a softmax over one unit becomes the binary loss on its score"

    def install(self, stage: Stage) -> None:
        """Exchange the loss wherever the softmax is taken over one unit."""
        from unstuck.experiment.interventions.building_blocks.provenance import Kind

        provenance = stage.provenance()

        def over_one_unit(given: torch.Tensor) -> bool:
            soft = [s for s in provenance.head(given) if s.kind is Kind.ACTIVATION and s.name.endswith("softmax")]
            return any(step.before.shape[-1] == 1 or step.before.shape[1:2] == (1,) for step in soft)

        def probability(given: torch.Tensor, target: torch.Tensor) -> torch.Tensor | None:
            """The sigmoid of the score, where targets are classes of 0 and 1."""
            scores = provenance.without(given) if over_one_unit(given) else None
            if scores is None or scores.numel() != target.numel() or target.min() < 0 or target.max() > 1:
                return None
            if scores.requires_grad:
                stage.applied("sigmoid of the score of the one unit")
            return scores.sigmoid()

        def exchange(call: LossCall) -> LossCall | None:
            given, target = call.given, call.target
            if call.function in REGRESSION_LOSSES:
                found = probability(given, target)
                return call.changed(given=found) if found is not None else None
            single = over_one_unit(given)
            inside = call.function in LIKELIHOOD_LOSSES and given.dim() > 1 and given.shape[1] == 1
            if call.function not in (*LIKELIHOOD_LOSSES, *CROSS_ENTROPY_BINARY) or not (single or inside):
                return None
            scores = provenance.without(given)
            scores = given if scores is None else scores
            if scores.numel() != target.numel() or target.min() < 0 or target.max() > 1:
                return None
            if call.training:
                stage.applied("binary loss on the score of the one unit")
            labels = target.reshape(scores.shape).to(scores.dtype)
            return call.changed("binary_cross_entropy_with_logits", given=scores, target=labels, weight=None)

        def by_hand(answer: torch.Tensor, target: torch.Tensor) -> Pair | None:
            found = probability(answer, target)
            return (found, target) if found is not None else None

        stage.on_loss(exchange)
        stage.on_difference(by_hand)
