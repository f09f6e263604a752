"""OPT105: trainable, used, and never stepped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.parameters import (
    Optimizer,
    all_parameters,
    elements,
    named,
    optimizers,
    reached,
    stays,
    windows_of,
)
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_origin import fresh, in_training
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.reader import Event
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ParametersNotInOptimizer(Rule[TrainingView]):
    """Layers that the loss reaches and that want a gradient are in no optimiser.

    ## What it measures

    The parameters at the leaves of the loss's graphs, against what all optimisers of the run hold, and whether
    the weights of those left out are the same at every sampled step.

    ## Why it hurts

    The forgotten layers keep their random start; the rest must make do with what these let through.

    ## How it decides

    A parameter counts when a loss reaches it, no optimiser of the run ever holds it, nothing else moves it, its
    layer is in training mode and its values are its own: those loaded from a checkpoint or copied from another
    network may well be meant to stay (told as info). An image or code that is optimised through a network which
    as a whole is in no optimiser is no training of that network.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.head.parameters())     # and model.body?
    self.layers = [nn.Linear(8, 8) for _ in range(3)]         # a plain list is not in model.parameters()
    ```

    ## Remedies

    Give the optimiser every parameter that is to learn; keep layers in `nn.ModuleList`; switch
    `requires_grad` off where a layer is meant to stay.

    ## Known limits

    A reservoir or a random projection that is left out on purpose looks the same unless its `requires_grad` is off.

    ## References

    PyTorch documentation, `torch.optim`: "Constructing it".
    """

    code: ClassVar[str] = "OPT105"
    name: ClassVar[str] = "parameters-not-in-optimizer"
    severity: ClassVar[Severity] = Severity.ERROR
    explained_by: ClassVar[tuple[str, ...]] = ("LOP110",)
    needs: ClassVar[tuple[str, ...]] = ("graph", "optimizer", "model")
    figures: ClassVar[tuple[str, ...]] = ("layers.untouched",)

    steps: float = threshold(10, unit="steps", source="a layer may be unfrozen after the first ones")
    samples: float = threshold(2, unit="sampled steps", source="the least that can show a movement")
    share: float = threshold(
        0.01, unit="share of the reached parameters", source="below it: a scale or a bias, a warning only"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """What is reached and not held, in this training."""
        training = view.training
        part = training.part
        mine = [o for o in optimizers(part, training) if o.steps >= self.steps]
        if not mine:
            return
        held = {p for o in optimizers(part) for p in o.parameters}
        touched = reached(training)
        known = {p: events[-1] for p, events in all_parameters(part).items()}
        left = [known[p] for p in sorted(touched & set(known)) if p not in held and self._stays(view, known[p])]
        if not left or self._through_a_network(mine, touched, known):
            return
        own = [p for p in left if fresh(part, p) and in_training(part, p)]
        chosen = own or left
        yield self._found(view, mine, chosen, [known[p] for p in touched & set(known)], meant=not own)

    def _stays(self, view: TrainingView, parameter: Event) -> bool:
        """Its weights are the same at every sampled step, of which there are enough."""
        tracks = view.training.tracked("weight")
        own = [track for track in tracks if track.place.get("parameter") == parameter["id"]] or [
            track for track in tracks if track.place["name"] == parameter["name"]
        ]
        return any(len(track.step) >= self.samples for track in own) and all(stays(track) for track in own)

    def _through_a_network(self, mine: list[Optimizer], touched: frozenset[int], known: dict[int, Event]) -> bool:
        """What the optimisers hold and the losses reach is no network's: an image, a code, a point."""
        stepped = {p for o in mine for p in o.parameters} & touched
        return bool(stepped) and not stepped & set(known)

    def _found(
        self, view: TrainingView, mine: list[Optimizer], left: list[Event], all_of: list[Event], *, meant: bool
    ) -> Finding:
        layers = list(dict.fromkeys(p["layer"] for p in left))
        count, total = sum(map(elements, left)), max(1, sum(map(elements, all_of)))
        share = count / total
        whole = any(len(p.get("shape") or ()) >= 2 for p in left)
        severity = None if whole and share >= self.share else Severity.WARNING
        windows = [step for o in mine for step, g in windows_of(view.training.part, o.number) if g["stepped"]]
        same = view.module_place(layers[0])
        if meant:
            severity = Severity.INFO
        return self.finding(
            f"{named(layers)} never {'learn' if len(layers) > 1 else 'learns'}: {len(left)} parameters "
            f"({words.share(share)} of {total} weights that the loss reaches) are in no optimiser"
            + (", with values loaded, copied or in evaluation mode" if meant else ""),
            view=view, place=same, used_at=mine[0].place, severity=severity, first_step=0,
            evidence=(
                Evidence(label="weights reached and in no optimiser", value=float(count), unit="weights"),
                Evidence(label="their share", value=share, threshold=self.share, unit="share"),
                Evidence(label="sampled steps", value=float(len(windows)), unit="steps"),
            ),
            remedies=(_remedy(view, layers),),
        )


def _remedy(view: TrainingView, layers: list[str]) -> Remedy:
    roots = [model["name"] for model in view.training.models]
    if sum(root in layers for root in roots) > 1 or any("[" in layer for layer in layers):
        return Remedy(
            name="register-layers",
            text="Keep the layers in nn.ModuleList (or as attributes), so that model.parameters() holds them.",
            applicability=Applicability.SAFE,
            code="self.layers = nn.ModuleList([...])\noptimizer = torch.optim.Adam(model.parameters())",
        )
    return Remedy(
        name="optimise-all-parameters",
        text="Give the optimiser every parameter that is to learn.",
        applicability=Applicability.SAFE,
        code="optimizer = torch.optim.Adam(model.parameters())\n"
        "# several networks: itertools.chain(encoder.parameters(), decoder.parameters())",
    )
