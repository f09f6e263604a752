"""A loss that wants probabilities or their logarithms, and is given raw scores, is given what it wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from unstuck.experiment.interventions.building_blocks.intervention import Intervention

if TYPE_CHECKING:
    import torch

    from unstuck.experiment.interventions.building_blocks.loss_call import LossCall
    from unstuck.experiment.interventions.building_blocks.provenance import Provenance
    from unstuck.experiment.interventions.building_blocks.stage import Stage

NORMALISED = 0.1
"""nats: log Σ exp of a row, beyond which it holds no log-probabilities; log(softmax + ε) stays below"""
SQUASHING = ("sigmoid", "softmax", "hardsigmoid", "expit")


@dataclass(frozen=True)
class LossOnScores(Intervention):
    """Cross-entropy for `nll_loss`, the binary loss on scores for `binary_cross_entropy`, logarithms for `kl_div`."""

    name: ClassVar[str] = "loss-on-scores"
    remedies: ClassVar[tuple[str, ...]] = ("loss-on-scores", "log-probabilities")
    changes: ClassVar[str] = "the loss that takes scores stands in for the one that takes probabilities"

    def install(self, stage: Stage) -> None:
        """Exchange the loss wherever it is given scores."""
        provenance = stage.provenance()

        def exchange(call: LossCall) -> LossCall | None:
            found = exchanged(call, provenance)
            if found is not None and call.training:
                stage.applied(f"{call.function} → {found.function} on scores")
            return found

        stage.on_loss(exchange)


def exchanged(call: LossCall, provenance: Provenance) -> LossCall | None:
    """The call that suits scores; None where this one is in order."""
    import torch

    given, names = call.given, provenance.activations(call.given)
    if call.function == "nll_loss":
        axis = min(1, given.dim() - 1)
        off = float(torch.logsumexp(given.detach(), axis).abs().mean())
        if names[:1] == ("log_softmax",) or off <= NORMALISED:
            return None
        return call.changed("cross_entropy", given=_scores(given, names, provenance))
    if call.function == "binary_cross_entropy":
        squashed = any(name in SQUASHING for name in names)
        if squashed or provenance.layer(given) is None:
            return None
        return call.changed("binary_cross_entropy_with_logits", given=_scores(given, names, provenance))
    if call.function == "kl_div" and names[:1] != ("log_softmax",) and names[:1] != ("log",):
        axis = given.dim() - 1 if given.dim() != 4 else 1
        if float(torch.logsumexp(given.detach(), axis).abs().mean()) <= NORMALISED:
            return None
        return call.changed(given=torch.log_softmax(_scores(given, names, provenance), axis))
    return None


def _scores(given: torch.Tensor, names: tuple[str, ...], provenance: Provenance) -> torch.Tensor:
    scores = provenance.without(given) if names else None
    return given if scores is None else scores
