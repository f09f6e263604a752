"""OPT105: parameters that the loss reaches and that no optimiser holds, or holds at a learning rate of 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.run.parameters import (
    OptimizerHistory,
    all_parameters,
    at_no_rate,
    is_unchanged,
    named,
    num_weights,
    optimizers,
    reached,
    sampled_gradients,
)
from unstuck.analysis.run.training import Track
from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.run.weight_origin import in_training, is_own
from unstuck.core import words
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.record.events import ParameterFacts
from unstuck.rules.rule import Rule, TooLittle, threshold


@dataclass(frozen=True)
class ParametersNotInOptimizer(Rule[TrainingView]):
    """Layers that the loss reaches and that require a gradient are in no optimiser, or in a group with a rate of 0.

    ## What it measures

    The parameters at the leaves of the loss's graphs, compared with the parameters of all optimisers of the run, and
    whether the weights that are in no optimiser are the same at every sampled step.

    ## Why it hurts

    The forgotten layers keep their random initial values. The rest of the network must learn from their output.

    ## How it decides

    A parameter counts when a loss reaches it, no optimiser of the run ever holds it, nothing else updates it, its
    layer is in training mode and its values are its own. Values that are loaded from a checkpoint or copied from
    another network may be meant to stay: this is reported as info. Where an image or a latent code is optimised
    through a network and that whole network is in no optimiser, the network is not being trained. A parameter group
    whose learning rate is 0 from its first to its last recorded state counts like no optimiser.

    ## Example

    ```python
    optimizer = torch.optim.Adam(model.head.parameters())     # and model.body?
    self.layers = [nn.Linear(8, 8) for _ in range(3)]         # a plain list is not in model.parameters()
    ```

    ## Remedies

    Give the optimiser every parameter that should learn. Keep layers in `nn.ModuleList`. Switch `requires_grad` off
    where a layer should stay.

    ## Known limits

    A reservoir or a random projection that is left out on purpose looks the same, unless its `requires_grad` is off.

    ## References

    PyTorch documentation, `torch.optim`: "Constructing it".
    """

    code: ClassVar[str] = "OPT105"
    name: ClassVar[str] = "parameters-not-in-optimizer"
    severity: ClassVar[Severity] = Severity.ERROR
    of_first_steps: ClassVar[bool] = True
    explained_by: ClassVar[tuple[str, ...]] = ("LOP110",)
    needs: ClassVar[tuple[str, ...]] = ("graph", "optimizer", "model")
    figures: ClassVar[tuple[str, ...]] = ("layers.not_in_optimizer",)

    steps: float = threshold(10, unit="steps", source="a layer may be unfrozen after the first ones")
    samples: float = threshold(2, unit="sampled steps", source="the fewest that can show a change")
    share: float = threshold(
        0.01, unit="share of the reached parameters", source="below it: a scale or a bias, a warning only"
    )

    def check(self, view: TrainingView) -> Iterator[Finding]:
        """The parameters that a loss of this training reaches and that no optimiser holds."""
        training = view.training
        part = training.part
        own = [optimizer for optimizer in optimizers(part, training) if optimizer.steps >= self.steps]
        if not own:
            raise TooLittle(f"{self.steps:.0f} steps of an optimiser")
        held = {parameter for optimizer in optimizers(part) for parameter in optimizer.parameters}
        touched = reached(training)
        known = {number: states[-1] for number, states in all_parameters(part).items() if number in touched}
        forgotten = [parameter for number, parameter in sorted(known.items()) if number not in held]
        yield from self._at_no_rate(view, own, known)
        if not forgotten or self._trains_no_network(own, touched, known):
            return
        if not any(self._is_sampled(view, parameter) for parameter in forgotten):
            raise TooLittle(f"{self.samples:.0f} sampled steps of the weights that are in no optimiser")
        still = [parameter for parameter in forgotten if self._is_unchanged(view, parameter)]
        if not still:
            return
        random = [parameter for parameter in still if is_own(part, parameter) and in_training(part, parameter)]
        yield self._finding(view, own, random or still, list(known.values()), meant=not random)

    def _at_no_rate(
        self, view: TrainingView, own: list[OptimizerHistory], known: dict[int, ParameterFacts]
    ) -> Iterator[Finding]:
        """Parameters of a group whose rate is always 0, beside groups that learn."""
        still = [
            known[number] for number in sorted(at_no_rate(view.training)) if number in known
            and self._is_unchanged(view, known[number])
        ]  # fmt: skip
        if still:
            random = [parameter for parameter in still if is_own(view.training.part, parameter)]
            yield self._finding(view, own, random or still, list(known.values()), meant=not random, no_rate=True)

    def _is_sampled(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        return any(len(track.step) >= self.samples for track in _tracks_of(view, parameter))

    def _is_unchanged(self, view: TrainingView, parameter: ParameterFacts) -> bool:
        """Whether its weights are the same at every sampled step, and there are enough of these."""
        return self._is_sampled(view, parameter) and all(map(is_unchanged, _tracks_of(view, parameter)))

    def _trains_no_network(
        self, own: list[OptimizerHistory], touched: frozenset[int], known: dict[int, ParameterFacts]
    ) -> bool:
        """Whether what the optimisers hold and the losses reach belongs to no network: an image, a code, a point."""
        stepped = {parameter for optimizer in own for parameter in optimizer.parameters} & touched
        return bool(stepped) and not stepped & set(known)

    def _finding(
        self, view: TrainingView, own: list[OptimizerHistory], forgotten: list[ParameterFacts],
        all_of: list[ParameterFacts], *, meant: bool, no_rate: bool = False,
    ) -> Finding:  # fmt: skip
        layers = list(dict.fromkeys(parameter.layer for parameter in forgotten))
        count, total = sum(map(num_weights, forgotten)), max(1, sum(map(num_weights, all_of)))
        share = count / total
        has_matrix = any(len(parameter.shape) >= 2 for parameter in forgotten)
        severity = None if has_matrix and share >= self.share else Severity.WARNING
        part = view.training.part
        sampled = [
            step for optimizer in own for step, gradients in sampled_gradients(part, optimizer.number)
            if gradients.stepped
        ]  # fmt: skip
        return self.finding(
            f"{named([f'`{layer}`' for layer in layers])} never {'learn' if len(layers) > 1 else 'learns'}: "
            f"{words.count(len(forgotten), 'parameter')} ({words.share(share)} of {total} weights that the loss "
            f"reaches) {'are' if len(forgotten) > 1 else 'is'} in "
            + ("a group with a learning rate of 0" if no_rate else "no optimiser")
            + (", with loaded or copied values or in evaluation mode" if meant else ""),
            view=view, place=view.module_place(layers[0]), used_at=own[0].place, first_step=0,
            severity=Severity.INFO if meant else severity,
            evidence=(
                Evidence(
                    key="unoptimized_weights", label="weights that the loss reaches and no optimiser holds",
                    value=float(count), unit="weights",
                ),
                Evidence(
                    key="unoptimized_share", label="their share of the weights that the loss reaches", value=share,
                    threshold=self.share, unit="share",
                ),
                Evidence(key="sampled_steps", label="sampled steps", value=float(len(sampled)), unit="steps"),
            ),
            remedies=(_GROUP_RATE if no_rate else _remedy(view, layers),),
        )


def _tracks_of(view: TrainingView, parameter: ParameterFacts) -> list[Track]:
    """The summaries of a parameter's weights: by its id, else by its name."""
    tracks = view.training.tracked("weight")
    return [track for track in tracks if track.place.parameter == parameter.id] or [
        track for track in tracks if track.place.name == parameter.name
    ]


_GROUP_RATE = Remedy(
    name="raise-group-rate",
    text="Give the group the learning rate that it should have, or switch requires_grad off where it should stay.",
    applicability=Applicability.MANUAL,
    code="optimizer = torch.optim.Adam([{'params': body, 'lr': 1e-4}, {'params': head, 'lr': 1e-3}])",
)


def _remedy(view: TrainingView, layers: list[str]) -> Remedy:
    roots = [model.name for model in view.training.models]
    if sum(root in layers for root in roots) > 1 or any("[" in layer for layer in layers):
        return Remedy(
            name="register-layers",
            text="Keep the layers in nn.ModuleList (or as attributes), so that model.parameters() includes them.",
            applicability=Applicability.SAFE,
            code="self.layers = nn.ModuleList([...])\noptimizer = torch.optim.Adam(model.parameters())",
        )
    return Remedy(
        name="optimise-all-parameters",
        text="Give the optimiser every parameter that should learn.",
        applicability=Applicability.SAFE,
        code="optimizer = torch.optim.Adam(model.parameters())\n"
        "# several networks: itertools.chain(encoder.parameters(), decoder.parameters())",
    )
