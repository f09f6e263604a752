"""Each class has its own unit, and cross-entropy stands in for an error of class numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.core.vocabulary import CROSS_ENTROPY_BINARY, LIKELIHOOD_LOSSES, REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

MOST = 100.0
"""times that cross-entropy is taken at most"""
BINARY = 2


@dataclass(frozen=True)
class CrossEntropyForClasses(Intervention):
    """A layer of one unit gets one for each class; the loss that is recorded stays in the old units.

    In the units of a squared error, the answer of a classifier is the mean class number by its probabilities. Errors of
    class numbers are several times as steep as cross-entropy, and the learning rate was chosen for them: cross-entropy
    is taken as many times as makes the first gradients equally large.
    """

    name: ClassVar[str] = "cross-entropy-for-classes"
    remedies: ClassVar[tuple[str, ...]] = ("cross-entropy-for-classes", "one-unit-per-class")
    changes: ClassVar[str] = "one unit for each class, and cross-entropy"

    def install(self, stage: Stage) -> None:
        """Wherever one number for each example is compared with class numbers."""
        import torch

        from unstuck.experiment.interventions.building_blocks.last_layer import Classes, Wider
        from unstuck.experiment.interventions.building_blocks.loss_call import reported_as

        provenance = stage.provenance(features=True)
        wider, classes = Wider(stage, provenance), Classes()
        steepness: list[float] = []

        def exchange(call: LossCall) -> Any:
            given, target = call.given, call.target
            single = given.numel() == len(given) if given.dim() else False
            if call.function not in (*REGRESSION_LOSSES, *CROSS_ENTROPY_BINARY, *LIKELIHOOD_LOSSES) or not single:
                return None
            if target.numel() != len(given) or not classes.update(target, call.training):
                return None
            scores = wider.widened(given, classes.number)
            if scores is None or scores.dim() != 2:
                return None
            if classes.number == BINARY:  # what the script reads from its only unit still rises with the second class
                scores = scores.flip(1)
            labels = target.reshape(-1).long()
            if call.training:
                stage.applied(f"{classes.number} units and cross-entropy")
            plain = call.changed("cross_entropy", given=scores, target=labels, reduction="mean")
            if call.function not in REGRESSION_LOSSES:
                return plain
            numbers = torch.arange(classes.number, dtype=scores.dtype, device=scores.device)
            mean = (scores.softmax(1) * numbers).sum(1).reshape(target.shape)
            told = call.changed(given=mean, target=target.to(scores.dtype)).recorded()
            if not steepness:
                steepness.append(min(MOST, max(1 / MOST, steep(call) / steep(plain))))
            return reported_as(told, plain.unrecorded() * steepness[0])

        stage.on_loss(exchange)


def steep(call: LossCall) -> float:
    """The size of the gradient with which one example pulls at its answer: root of the mean square."""
    import torch

    given, target = call.given.detach(), call.target.detach()
    if call.function == "cross_entropy":
        pull = (given.softmax(1) - torch.nn.functional.one_hot(target, given.shape[1])).norm(dim=1)
    else:
        pull = given.reshape(-1) - target.reshape(-1)
        if call.function == "mse_loss":
            pull = 2 * pull
        else:
            width = {"smooth_l1_loss": "beta", "huber_loss": "delta"}.get(call.function)
            end = float(call.arguments[width]) if width else 1.0
            pull = pull.clamp(-end, end) / (end if width == "beta" and end else 1.0) if width else pull.sign()
    return float(pull.float().square().mean().sqrt().clamp_min(1e-6))
