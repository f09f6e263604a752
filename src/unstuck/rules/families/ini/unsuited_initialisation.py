"""INI104: weights drawn with a spread that does not suit the activation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from unstuck.analysis.probe.depth import factor_of, plain_layers
from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.view import View
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import count, number
from unstuck.record.events.probe.network import LayerSignal, Signals
from unstuck.rules.rule import Rule, TooLittle, threshold

NAMES = {"he": "He", "glorot": "Glorot", "lecun": "LeCun"}
CODE = {
    "he": "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')",
    "glorot": "nn.init.xavier_normal_(layer.weight)",
    "lecun": "nn.init.kaiming_normal_(layer.weight, nonlinearity='linear')",
}


@dataclass(frozen=True)
class UnsuitedInitialisation(Rule[ProbeView]):
    """The weights have a spread that does not suit the activation behind them.

    ## What it measures

    For every layer with an activation and no normalisation: the standard deviation of its weights over that of the
    initialisation that suits the activation. He suits ReLU and its relatives, Glorot tanh and sigmoid, LeCun SELU.

    ## Why it hurts

    Each layer multiplies the signal by about this factor. In a deep network the factors multiply: at 0.4 a layer, of
    twenty layers' signal 1e-8 is left.

    ## How it decides

    A layer is ten times too narrow or eight times too wide. Or the factors of all such layers together are beyond a
    thousand: a network as deep as this needs the right factor in each.

    ## Example

    ```python
    layers = [nn.Linear(64, 64) for _ in range(20)]   # PyTorch's default is 0.41 × He
    ```

    ## Remedies

    Initialise by the activation. Normalisation and residual connections make a network insensitive to it.

    ## Known limits

    PyTorch's default for dense layers is 0.41 × He; that is no fault by itself. Layers whose activation is not known,
    and those in residual branches, are left out.

    ## References

    He and others (2015), *Delving deep into rectifiers*; Glorot and Bengio (2010); Klambauer and others (2017),
    *Self-normalizing neural networks*.
    """

    code: ClassVar[str] = "INI104"
    name: ClassVar[str] = "unsuited-initialisation"
    severity: ClassVar[Severity] = Severity.WARNING
    subjects: ClassVar[tuple[type[View], ...]] = (ProbeView,)
    explained_by: ClassVar[tuple[str, ...]] = ("INI103",)
    needs: ClassVar[tuple[str, ...]] = ("signals",)
    figures: ClassVar[tuple[str, ...]] = ("probe_layers.initialisation",)

    narrow: float = threshold(0.1, unit="× the fitting spread", source="51 layers of healthy programs: 0.17 to 6.6")
    wide: float = threshold(8.0, unit="× the fitting spread", source="51 layers of healthy programs: 0.17 to 6.6")
    together: float = threshold(
        1e3, unit="product of the factors of all layers",
        source="default of 7 layers: 500; 35 healthy programs: up to 34",
    )

    def check(self, view: ProbeView) -> Iterator[Finding]:
        """Single layers, then all together."""
        layers = [layer for layer in plain_layers(view) if layer.weight_spread and not _made_good(view, layer)]
        if not layers:
            raise TooLittle("layers with an activation whose initialisation is known, and no normalisation")
        off = [layer for layer in layers if not self.narrow <= factor_of(layer) <= self.wide]
        product = math.exp(math.fsum(math.log(factor_of(layer)) for layer in layers))
        if off:
            yield self._layers(view, off)
        elif not 1 / self.together <= product <= self.together:
            yield self._together(view, layers, product)

    def _layers(self, view: ProbeView, off: Sequence[LayerSignal]) -> Finding:
        worst = max(off, key=lambda layer: abs(math.log(factor_of(layer))))
        factor = factor_of(worst)
        others = f"; {count(len(off) - 1, 'more layer')} beyond the limits" if len(off) > 1 else ""
        return self.finding(
            f"the weights of `{worst.name}` have a spread of {number(worst.weight_spread or 0.0)}, {number(factor)} "
            "times "
            f"the {NAMES[worst.fitting]} spread that suits {worst.activation}{others}",
            view=view, place=view.layer_place(worst.name),
            evidence=(
                Evidence(key="factor", label="spread of the weights / fitting spread", value=factor,
                         threshold=self.narrow if factor < 1 else self.wide),
            ),
            remedies=(_remedy(worst),),
        )  # fmt: skip

    def _together(self, view: ProbeView, layers: Sequence[LayerSignal], product: float) -> Finding:
        each = product ** (1 / len(layers))
        return self.finding(
            f"{count(len(layers), 'layer')} without normalisation have {number(each)} times the fitting spread each, "
            f"together {number(product)}",
            view=view, place=view.layer_place(layers[0].name),
            evidence=(
                Evidence(key="product", label="product of the factors of all layers", value=product,
                         threshold=1 / self.together if product < 1 else self.together),
                Evidence(key="factor", label="factor of one layer", value=each),
            ),
            remedies=(_remedy(layers[0]),),
        )  # fmt: skip


def _made_good(view: ProbeView, layer: LayerSignal) -> bool:
    """Whether a layer behind it is normalised: that gives the signal its size back."""
    event = view.one(Signals)
    names = [one.name for one in event.layers] if event is not None else []
    behind = event.layers[names.index(layer.name) + 1 :] if event is not None and layer.name in names else ()
    return any(one.normalised for one in behind)


def _remedy(layer: LayerSignal) -> Remedy:
    return Remedy(
        name="suited-initialisation", applicability=Applicability.TRIAL,
        text=f"Draw the weights by {NAMES[layer.fitting]}, which suits {layer.activation}.",
        code=f"for layer in model.modules():\n    if isinstance(layer, (nn.Linear, nn.Conv2d)):\n"
        f"        {CODE[layer.fitting]}\n        nn.init.zeros_(layer.bias)",
    )  # fmt: skip
