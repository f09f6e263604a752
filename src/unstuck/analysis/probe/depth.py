"""How the signal changes from the first layer to the last."""

from __future__ import annotations

import math
from dataclasses import dataclass

from unstuck.analysis.probe.view import ProbeView
from unstuck.core.outcome import TooLittle
from unstuck.record.events.probe.network import LayerSignal, Signals

FEWEST = 3
"""hidden layers, below which nothing can shrink or grow by depth"""
LAST = 3
"""hidden layers at the end whose spread counts, as a geometric mean"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The spread over the examples behind the first hidden layer and behind the last ones."""

    first_layer: str
    last_layer: str
    first: float
    last: float
    layers: int

    @property
    def ratio(self) -> float:
        """Of the last to the first."""
        return self.last / self.first

    @property
    def per_layer(self) -> float:
        """The factor of one layer."""
        return self.ratio ** (1 / max(1, self.layers - 1)) if self.ratio > 0 else 0.0


def growth_of(view: ProbeView) -> Growth:
    """From the first to the last hidden layer.

    Raises:
        TooLittle: there are too few, or the examples do not differ.
    """
    event = view.one(Signals)
    hidden = [] if event is None else hidden_layers(event)
    if len(hidden) < FEWEST:
        raise TooLittle(f"{FEWEST} hidden layers (there are {len(hidden)})")
    first = hidden[0].example_spread or 0.0
    if not first > 0 or not math.isfinite(first):
        raise TooLittle("examples that differ behind the first layer")
    ends = [layer.example_spread or 0.0 for layer in hidden[-min(LAST, len(hidden) - 2) :]]
    last = math.exp(math.fsum(math.log(max(one, 1e-45)) for one in ends) / len(ends))
    return Growth(
        first_layer=hidden[0].name, last_layer=hidden[-1].name, first=first, last=last, layers=len(hidden)
    )


def hidden_layers(event: Signals) -> list[LayerSignal]:
    """Layers with another layer behind them; those whose weights are all zero add nothing, by design."""
    return [layer for layer in event.layers if not layer.last and layer.weight_spread]


def plain_layers(view: ProbeView) -> list[LayerSignal]:
    """Layers whose activation has an initialisation that suits it, without normalisation and residual connection."""
    event = view.one(Signals)
    found = () if event is None else event.layers
    return [layer for layer in found if layer.fitting_spread and not layer.normalised and not layer.residual]


def factor_of(layer: LayerSignal) -> float:
    """Spread of its weights / the spread that suits its activation."""
    assert layer.fitting_spread is not None
    return (layer.weight_spread or 0.0) / layer.fitting_spread
