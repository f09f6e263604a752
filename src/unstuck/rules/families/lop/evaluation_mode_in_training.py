"""LOP104: a network is trained in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.modes import NetworkModes, mode_dependent, network_modes
from unstuck.analysis.run.parameters import named, optimizers
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_origin import is_own
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record import events
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class EvaluationModeInTraining(Rule[TrainingView]):
    """The network is in evaluation mode while it is trained: dropout and batch statistics are switched off.

    ## What it measures

    At the sampled steps, and at the first ones of passes over a loader, in the forward that is trained on: the mode of
    the network, and of every layer of it that behaves otherwise in training (dropout, batch normalisation; dropout that
    is called as a function).

    ## Why it hurts

    Batch normalisation keeps the statistics that it had at the beginning: activations drift out of scale, and
    evaluation uses statistics that belong to other weights. Dropout regularises nothing. No message says so.

    ## How it decides

    The whole network is in evaluation mode, none of its layers is in training mode, and an optimiser steps its
    parameters, at `share` or more of the steps (each one looked at counts for those up to the next). One call of
    `eval()` for validation without `train()` after it is the usual cause. Single layers that are kept in evaluation
    mode within a network in training mode are meant to be (frozen backbones). A network most of whose weights were
    loaded or copied may be tuned so on purpose: a note.

    ## Example

    ```python
    model.train()
    for epoch in range(epochs):
        train(model, train_loader)
        model.eval()                  # from the second epoch on, training goes on in this mode
        validate(model, val_loader)
    ```

    ## Remedies

    Call `model.train()` at the beginning of each epoch, and after each validation.

    ## Known limits

    Layers of one's own that read `self.training` are not known. Nothing is seen inside of compiled networks.

    ## References

    PyTorch documentation, `torch.nn.Module.train`, and "Autograd mechanics": "Evaluation mode".
    """

    code: ClassVar[str] = "LOP104"
    name: ClassVar[str] = "evaluation-mode-in-training"
    severity: ClassVar[Severity] = Severity.WARNING
    needs: ClassVar[tuple[str, ...]] = ("loss", "sampled_step", "model", "optimizer")
    figures: ClassVar[tuple[str, ...]] = ("shares.reported",)

    sampled_steps: float = threshold(3, unit="sampled steps", source="a few steps may be tried in this mode")
    share: float = threshold(
        0.25, unit="share of steps", source="validated once in an epoch, at its middle or before: half and more"
    )
    loaded: float = threshold(0.5, unit="share of the parameters", source="a loaded network with a new head")

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """Each network that an optimiser steps."""
        found = network_modes(view.training)
        if not found and mode_dependent(view.training):
            raise TooLittle("the modes of layers in training steps")
        if found and all(len(one.steps) < self.sampled_steps for one in found):
            raise TooLittle(f"{self.sampled_steps:.0f} sampled steps")
        own = [one for one in optimizers(view.training.part, view.training) if one.steps]
        held = {parameter for optimizer in own for parameter in optimizer.parameters}
        for one in found:
            trained = any(parameter.id in held for parameter in one.model.parameters)
            if trained and len(one.off) >= self.sampled_steps and one.share >= self.share:
                yield self._finding(view, one)

    def _finding(self, view: TrainingView, one: NetworkModes) -> Finding:
        part = view.training.part
        loaded = sum(not is_own(part, parameter) for parameter in one.model.parameters)
        meant = loaded >= self.loaded * len(one.model.parameters)
        since = one.off[0]
        when = f"from step {since} on " if since > one.steps[0] else ""
        return self.finding(
            f"the network is trained in evaluation mode {when}({len(one.off)} of {len(one.steps)} steps looked at): "
            f"{_switched_off(view, one.layers)} ({named([f'`{layer}`' for layer in one.layers])})"
            + (", with loaded or copied weights" if meant else ""),
            view=view, place=view.loss_place(), used_at=view.module_place(one.layers[0]), first_step=since,
            severity=Severity.INFO if meant else None,
            evidence=(
                Evidence(
                    key="evaluation_share", label="steps in evaluation mode", value=one.share, threshold=self.share,
                    unit="share",
                ),
                Evidence(
                    key="layers_off", label="layers that evaluation mode switches off", value=float(len(one.layers)),
                    unit="layers",
                ),
                Evidence(
                    key="loaded_share", label="parameters whose values were loaded or copied",
                    value=loaded / max(1, len(one.model.parameters)), threshold=self.loaded, unit="share",
                ),
            ),
            remedies=(_REMEDY,),
        )


def _switched_off(view: TrainingView, layers: tuple[str, ...]) -> str:
    """What evaluation mode does to these layers, in words."""
    known = [view.training.modules.get(layer, events.ModuleFacts(name=layer)) for layer in layers]
    norms = sum("Norm" in module.class_name for module in known)
    drops = len(known) - norms
    said = []
    if norms:
        keep = "keeps" if norms == 1 else "keep"
        said.append(f"{words.count(norms, 'batch normalisation layer')} {keep} old statistics")
    if drops:
        said.append(f"{words.count(drops, 'dropout')} {'is' if drops == 1 else 'are'} off")
    return " and ".join(said)


_REMEDY = Remedy(
    name="training-mode",
    text="Put the network into training mode before it is trained, and again after each validation.",
    applicability=Applicability.TRIAL,
    code="for epoch in range(epochs):\n    model.train()\n    train(model, train_loader)\n    model.eval()\n"
    "    validate(model, val_loader)",
)
