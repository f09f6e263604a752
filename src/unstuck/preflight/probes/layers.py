"""Activations forward and gradients backward, layer by layer, and with the initialisation that suits."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.core.outcome import TooLittle
from unstuck.preflight.context import Context
from unstuck.preflight.signals import redraw, scale, signal, watched
from unstuck.record.events.probe.base import ProbeEvent
from unstuck.record.events.probe.network import Signals

TITLE = "activations and gradients by layer"
MEASURES: tuple[type[ProbeEvent], ...] = (Signals,)
SHARE = 0.0
MOST_LAYERS = 400


def probe(context: Context) -> Iterator[ProbeEvent]:
    """One forward and backward as the network is, one with every layer drawn anew."""
    batch = context.batch
    axis = batch.axis or 0
    layers = watched(context, batch.loss)[:MOST_LAYERS]
    if not layers:
        raise TooLittle("a product with weights: a linear or convolution layer")
    found = tuple(signal(layer, axis) for layer in layers)
    redraw([layer for layer in layers if layer.weight.requires_grad])
    for layer in layers:
        if layer.bias is not None and layer.bias.requires_grad:
            layer.bias.detach().zero_()
    again = tuple(signal(layer, axis) for layer in watched(context, batch.loss)[:MOST_LAYERS])
    floats = [one for one in batch.inputs if one.is_floating_point()]
    yield Signals(
        layers=found, examples=batch.size, input_scale=scale(floats[0]) if floats else None, repaired=again,
    )

