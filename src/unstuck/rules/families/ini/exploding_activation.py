"""INI102: the signal grows from layer to layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.depth import growth_of
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Evidence, Finding, Severity
from unstuck.core.words import count, number
from unstuck.rules.families.ini.vanishing_activation import FITTING
from unstuck.rules.rule import Rule, threshold


@dataclass(frozen=True)
class ExplodingActivation(Rule[ProbeView]):
    """The outputs of the layers grow from layer to layer.

    ## What it measures

    How much the output of each layer differs between the examples of a batch, before training, as for INI101.

    ## Why it hurts

    Large outputs make large losses and large gradients: the first steps throw the weights far away, and half precision
    overflows. Behind tanh or sigmoid every unit is at an end of its range.

    ## How it decides

    The last hidden layers differ between examples by more than a thousand times of what the first layer does, over
    three layers or more.

    ## Example

    ```python
    weight = nn.Parameter(torch.randn(64, 64))   # spread 1: each layer multiplies by about 6
    ```

    ## Remedies

    Use the initialisation that suits the activation. In deep networks add normalisation, or scale residual branches by
    1 / the square root of their number.

    ## Known limits

    Attention without a mask of its scale (1 / the square root of the width) is not seen as a layer.

    ## References

    He and others (2015), *Delving deep into rectifiers*; Zhang and others (2019), *Fixup initialization*.
    """

    code: ClassVar[str] = "INI102"
    name: ClassVar[str] = "exploding-activation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("INI104", "SCL101")
    needs: ClassVar[tuple[str, ...]] = ("signals",)
    figures: ClassVar[tuple[str, ...]] = ("probe_layers.activations",)

    exploded: float = threshold(
        1e3, unit="spread of the last hidden layers / of the first", source="8 healthy programs: at most 3.1"
    )

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """The way from the first to the last hidden layer."""
        growth = growth_of(view)
        if growth.ratio <= self.exploded:
            return
        yield self.finding(
            f"outputs grow {number(growth.ratio)} times from `{growth.first_layer}` to `{growth.last_layer}`, over "
            f"{count(growth.layers, 'layer')}: {number(growth.per_layer)} times at each",
            view=view, place=view.layer_place(growth.last_layer),
            evidence=(
                Evidence(key="spread_ratio", label="spread of the last hidden layers / of the first",
                         value=growth.ratio, threshold=self.exploded),
                Evidence(key="per_layer", label="factor of one layer", value=growth.per_layer),
            ),
            remedies=(FITTING,),
        )  # fmt: skip
