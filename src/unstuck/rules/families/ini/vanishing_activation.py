"""INI101: the signal shrinks from layer to layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.depth import Growth, growth_of
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.rules.rule import Rule, threshold

FITTING = Remedy(
    name="suited-initialisation",
    text="Draw the weights with the spread that suits the activation, and the biases as zeros.",
    applicability=Applicability.TRIAL,
    code="for layer in model.modules():\n    if isinstance(layer, (nn.Linear, nn.Conv2d)):\n"
    "        nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')   # tanh, sigmoid: nn.init.xavier_normal_\n"
    "        nn.init.zeros_(layer.bias)",
)


@dataclass(frozen=True)
class VanishingActivation(Rule[ProbeView]):
    """The differences between examples shrink from layer to layer until nothing is left of them.

    ## What it measures

    How much the output of each layer differs between the examples of a batch, before training: the standard deviation
    over the examples, as a root mean square over the units. Layers behind a normalisation or in a residual branch count
    as well; those whose weights are all zero do not.

    ## Why it hurts

    The last layers see almost the same numbers for every example, so they can learn the mean of the targets and no
    more. Gradients shrink by the same factors on their way back.

    ## How it decides

    The last hidden layers differ between examples by less than a thousandth of what the first layer does, over three
    layers or more.

    ## Example

    ```python
    nn.init.normal_(layer.weight, std=0.01)   # twelve layers of 64 units: each keeps 6 % of the spread
    ```

    ## Remedies

    Use the initialisation that suits the activation: He for ReLU, Glorot for tanh and sigmoid, LeCun for SELU. In deep
    networks add normalisation or residual connections.

    ## Known limits

    A batch whose examples are all alike has no differences to begin with; then the rule is skipped.

    ## References

    Glorot and Bengio (2010), *Understanding the difficulty of training deep feedforward neural networks*; He and others
    (2015), *Delving deep into rectifiers*.
    """

    code: ClassVar[str] = "INI101"
    name: ClassVar[str] = "vanishing-activation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("INI103", "INI104")
    needs: ClassVar[tuple[str, ...]] = ("signals",)
    figures: ClassVar[tuple[str, ...]] = ("probe_layers.activations",)

    vanished: float = threshold(
        1e-3, unit="spread of the last hidden layers / of the first", source="8 healthy programs: 0.058 and more"
    )

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The way from the first to the last hidden layer."""
        growth = growth_of(view)
        if growth.ratio < self.vanished:
            yield self._finding(view, growth)

    def _finding(self, view: ProbeView, growth: Growth) -> Finding:
        return self.finding(
            f"examples differ by {number(growth.last)} behind `{growth.last_layer}` and by {number(growth.first)} "
            "behind "
            f"`{growth.first_layer}`: over {count(growth.layers, 'layer')} the signal shrinks to "
            f"{number(growth.ratio)} of itself",
            view=view, place=view.layer_place(growth.last_layer),
            evidence=(
                Evidence(key="spread_ratio", label="spread of the last hidden layers / of the first",
                         value=growth.ratio, threshold=self.vanished),
                Evidence(key="per_layer", label="factor of one layer", value=growth.per_layer),
            ),
            remedies=(FITTING,),
        )  # fmt: skip
