"""Examples whose labels are suspect are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.core.vocabulary import LIKELIHOOD_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.stage import Stage

SOUND_FIRST = 0.25
"""share of a branch in which nothing is left out: networks learn what is consistent before they memorise the rest
(Arpit et al. 2017, "A Closer Look at Memorization in Deep Networks")"""


@dataclass(frozen=True)
class DropSuspects(Intervention):
    """Suspect is an example while the network is sure of another class than its label.

    Sure as in confident learning (Northcutt, Jiang and Chuang 2021, section 3.1): the class has at least the mean
    probability that the network gives it on examples labelled so. Such examples drive nothing; the loss that is
    recorded is that of all. It rises, rightly, where labels are wrong: the held-out loss tells.
    """

    name: ClassVar[str] = "drop-suspects"
    remedies: ClassVar[tuple[str, ...]] = ("drop-suspects",)
    changes: ClassVar[str] = "examples whose labels are suspect drive nothing"
    held_out_only: ClassVar[bool] = True

    def install(self, stage: Stage) -> None:
        """Learn what the network is sure of, and drive with the rest."""
        from unstuck.experiment.interventions.building_blocks.class_confidence import Confidence
        from unstuck.experiment.interventions.building_blocks.loss_call import reported_as

        known: dict[int, Confidence] = {}
        calls = 0

        def count(_: object) -> None:
            nonlocal calls
            calls += 1

        def drop(call: LossCall) -> Any:
            given, target = call.given, call.target
            numbers = given.dim() == 2 and target.dim() == 1 and not target.is_floating_point()
            if call.function not in LIKELIHOOD_LOSSES or not call.training or not numbers:
                return None
            ignored = int(call.arguments.get("ignore_index", -100))
            confidence = known.setdefault(given.shape[1], Confidence(given.shape[1]))
            suspects = confidence.doubts(given.detach().softmax(1), target, target != ignored)
            kept = (target != ignored) & ~suspects
            if calls <= SOUND_FIRST * stage.turn.length or not suspects.any() or not kept.any():
                return None
            stage.applied("batches with suspects left out")
            return reported_as(call.recorded(), call.changed(target=target.masked_fill(suspects, ignored)).unrecorded())

        stage.before_backward(count)
        stage.on_loss(drop)
