"""The activation between the last layer and the loss is undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from unstuck.core.vocabulary import REGRESSION_LOSSES
from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.handwritten_error import Pair
    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.provenance import Provenance
    from unstuck.experiment.interventions.building_blocks.stage import Stage

CLASS_AXIS = 1
SUM_ERROR = 1e-3
"""of a row of probabilities, in half precision"""
NORMALISERS = {
    "nll_loss": (("log_softmax",), ("log", "softmax")),
    "binary_cross_entropy": (("sigmoid",), ("expit",)),
    "cross_entropy": (("log_softmax",), ()),
}
"""loss → what belongs in front of it, the last operation first"""


@dataclass(frozen=True)
class RemoveOutputActivation(Intervention):
    """The loss is given what went into the activation; what belongs to the loss (a sigmoid before BCE) stays."""

    name: ClassVar[str] = "remove-output-activation"
    remedies: ClassVar[tuple[str, ...]] = ("remove-output-activation", "linear-output")
    changes: ClassVar[str] = "the activation between the last layer and the loss is undone"

    @classmethod
    def proposed(cls) -> Iterator[Self]:
        """One setting."""
        yield cls()

    def install(self, stage: Stage) -> None:
        """Give each loss the scores."""
        provenance = stage.provenance()

        def undo(call: LossCall) -> LossCall | None:
            found = on_scores(call, provenance)
            if found is None and call.training and (found := on_logarithms(call)) is not None:
                stage.applied("a softmax written by hand undone by the logarithm")
                return found
            if found is not None and call.training:
                stage.applied(f"{' and '.join(provenance.activations(call.given))} undone")
            return found

        def undo_by_hand(answer: torch.Tensor, target: torch.Tensor) -> Pair | None:
            scores = provenance.without(answer) if provenance.layer(answer) is not None else None
            if scores is None or answer.numel() != target.numel():
                return None
            stage.applied(f"{' and '.join(provenance.activations(answer))} undone before an error written by hand")
            return scores, target

        stage.on_loss(undo)
        stage.on_difference(undo_by_hand)


def on_logarithms(call: LossCall) -> LossCall | None:
    """A cross-entropy of the logarithms of probabilities, whose softmax is theirs; None where none are given."""
    import torch

    given = call.given.detach()
    if call.function != "cross_entropy" or given.dim() <= CLASS_AXIS or not given.numel() or given.min() < 0:
        return None
    sums = given.sum(CLASS_AXIS)
    if not torch.allclose(sums, torch.ones_like(sums), rtol=0.0, atol=SUM_ERROR):
        return None
    return call.changed(given=call.given.clamp_min(torch.finfo(given.dtype).tiny).log())


def on_scores(call: LossCall, provenance: Provenance) -> LossCall | None:
    """The call without the activations that do not belong to it; None where there is none."""
    names = provenance.activations(call.given)
    belongs = next((one for one in NORMALISERS.get(call.function, ()) if names[: len(one)] == one), None)
    if call.function in NORMALISERS and belongs is None:
        return None
    if not names or names == belongs or (call.function in REGRESSION_LOSSES and "log" in names):
        return None
    scores = provenance.without(call.given)
    if scores is None:
        return None
    if call.function in ("nll_loss", "cross_entropy"):
        return call.changed("cross_entropy", given=scores)
    if call.function == "binary_cross_entropy":
        return call.changed("binary_cross_entropy_with_logits", given=scores)
    return call.changed(given=scores)
