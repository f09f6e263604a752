"""INI103: units that begin alike stay alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count
from unstuck.record.events.probe.network import Signals
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class SymmetricInitialisation(Rule[ProbeView]):
    """The units of a hidden layer have the same weights and the same gradients, so they stay the same for ever.

    ## What it measures

    How many units of each hidden layer differ from all others in their incoming weights or in the gradient of these.

    ## Why it hurts

    Units with the same weights and gradients make the same step. A layer of 64 such units is a layer of one unit,
    however long it is trained.

    ## How it decides

    At most half of the units of a hidden layer differ. Output layers that begin at zero are fine: their gradients
    differ from class to class. So are residual branches that begin at zero.

    ## Example

    ```python
    nn.init.constant_(layer.weight, 0.5)
    ```

    ## Remedies

    Draw weights at random. Only biases, the last layer and the last layer of a residual branch may begin at zero.

    ## Known limits

    Dropout and other noise separate equal units slowly; the rule does not wait for that.

    ## References

    Goodfellow, Bengio and Courville (2016), *Deep learning*, section 8.4.
    """

    code: ClassVar[str] = "INI103"
    name: ClassVar[str] = "symmetric-initialisation"
    severity: ClassVar[Severity] = Severity.ERROR
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    distinct: float = threshold(0.5, unit="share of the units of a layer", source="random weights: 1; constants: 0")

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Every hidden layer."""
        for event in view.of(Signals):
            for layer in event.layers:
                alike = layer.distinct_units <= self.distinct * layer.units
                if layer.last or layer.residual or layer.units < 2 or not alike or layer.weight_gradient is None:
                    continue
                yield self.finding(
                    f"the {layer.units} units of layer `{layer.name}` have {count(layer.distinct_units, 'set')} of "
                    "weights and gradients, so they stay alike",
                    view=view, place=view.layer_place(layer.name),
                    evidence=(
                        Evidence(key="distinct_share", label="units that differ from all others",
                                 value=layer.distinct_units / layer.units, threshold=self.distinct, unit="share"),
                    ),
                    remedies=(_RANDOM,),
                )  # fmt: skip


_RANDOM = Remedy(
    name="suited-initialisation",
    text="Draw the weights of hidden layers at random.",
    applicability=Applicability.TRIAL,
    code="nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')\nnn.init.zeros_(layer.bias)",
)
