"""Rare classes weigh as much as common ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage


@dataclass(frozen=True)
class ClassWeights(Intervention):
    """Weights by the inverse frequencies of the first batches.

    A weighted loss is another quantity than an unweighted one, so it only drives: what is recorded is the unweighted
    loss of the same answers with the weights divided out of their probabilities, as Bayes' rule has it. A network that
    has merely shifted its answers towards rare classes gains nothing by it.
    """

    name: ClassVar[str] = "class-weights"
    remedies: ClassVar[tuple[str, ...]] = ("class-weights",)
    changes: ClassVar[str] = "rare classes weigh as much as common ones"

    def install(self, stage: Stage) -> None:
        """Count labels, weigh, and tell the loss without the weights."""
        from unstuck.experiment.interventions.building_blocks.class_frequencies import Frequencies
        from unstuck.experiment.interventions.building_blocks.loss_call import reported_as

        counts: dict[int, Frequencies] = {}

        def weigh(call: LossCall) -> Any:
            given, options = call.given, call.arguments
            binary = call.function == "binary_cross_entropy_with_logits" and given[:1].numel() == 1
            if not (binary or call.function in LIKELIHOOD_LOSSES):
                return None
            if options.get("weight") is not None or options.get("pos_weight") is not None:
                return None
            units = 2 if binary else given.shape[min(1, given.dim() - 1)]
            seen = counts.setdefault(units, Frequencies(units))
            if not seen.update(call.target, call.training, int(call.arguments.get("ignore_index", -100))):
                return None
            if call.training:
                stage.applied("classes weighed")
            weight = (1 / (units * seen.shares)).to(given)
            if binary:
                ratio = weight[1] / weight[0]
                told = call.changed(given=given - ratio.log()).recorded()
                return reported_as(told, call.changed(pos_weight=ratio).unrecorded())
            shape = [1, -1] + [1] * (given.dim() - 2) if given.dim() > 1 else [-1]
            told = call.changed("cross_entropy", given=given - weight.log().reshape(shape)).recorded()
            return reported_as(told, call.changed(weight=weight).unrecorded())

        stage.on_loss(weigh)
