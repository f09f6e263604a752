"""OPT105, ARC109, ARC103: which layers learn, which do not, and what is between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.parameters import num_weights
from unstuck.core.figure import Bar, Bars
from unstuck.core.words import count, number, share
from unstuck.figures.by_layer import norms, update_ratios
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.events import ModuleFacts

MOST_BARS = 24


def not_in_optimizer(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT105: the typical relative update of each layer; the layers that no optimiser holds do not change."""
    weights, part = value_of(finding, "unoptimized_weights"), value_of(finding, "unoptimized_share")
    layers = _unchanged_layers(finding, training, weights, trainable=True)
    where = "of those that the loss reaches"
    return _unchanged(training, layers, "in no optimiser", part, where, "unoptimized_weights")


def frozen(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC109: the typical relative update of each layer; the layers that no gradient reaches do not change."""
    weights, part = value_of(finding, "frozen_weights"), value_of(finding, "frozen_share")
    layers = _unchanged_layers(finding, training, weights, trainable=False)
    return _unchanged(training, layers, "no gradient", part, "of the network", "frozen_weights")


def _unchanged(
    training: Training, unchanged: set[str] | None, reason: str, part: float, where: str, key: str
) -> EvidenceFigure | None:
    """The typical relative update of each layer, those that do not change marked with the reason."""
    typical = _typical_updates(training)
    if unchanged is None or not any(typical.values()):
        return None
    sizes = _sizes(training)
    bars = [
        Bar(
            name=layer or "(root)",
            value=typical.get(layer, 0.0),
            marked=layer in unchanged,
            note=f"0: {reason}, {count(sizes[layer], 'weight')}" if layer in unchanged else "",
        )
        for layer in sizes
        if layer in unchanged or layer in typical
    ]
    total = sum(sizes[layer] for layer in unchanged)
    marked = "The marked layers do" if len(unchanged) > 1 else "The marked layer does"
    return EvidenceFigure(
        figure=Bars(
            title="Relative update of each layer",
            description=f"{count(len(unchanged), 'layer')} without updates.",
            x=axis("median |update| / |weight|", typical.values(), wide=math.inf),
            bars=tuple(fold(bars)),
        ),
        sentence=f"{marked} not change at any sampled step: {number(total)} weights, {share(part)} {where}.",
        decided=((key, float(total)),),
    )


def _typical_updates(training: Training) -> dict[str, float]:
    """Layer → median relative update over the sampled steps."""
    ratios = {layer: values for layer, (_, values) in update_ratios(training).items()}
    return {layer: float(np.nanmedian(values)) for layer, values in ratios.items() if np.isfinite(values).any()}


def _sizes(training: Training) -> dict[str, int]:
    """Weights of each layer, in the order of the network."""
    sizes: dict[str, int] = {}
    for parameter in training.parameters.values():
        sizes[parameter.layer] = sizes.get(parameter.layer, 0) + num_weights(parameter)
    return sizes


def _unchanged_layers(
    finding: Finding, training: Training, num_reported: float, *, trainable: bool
) -> set[str] | None:
    """The layers that do not change, and that together hold the number of weights that the finding reports.

    All unchanged layers; else those of them that require a gradient (``trainable``), or those that do not; else the
    layer of the finding's place. None where no such set holds that number.
    """
    sizes, typical = _sizes(training), _typical_updates(training)
    sampled = {layer for layer, (_, y) in norms(training, "weight").items() if len(y) > 1 and (y == y[0]).all()}
    unchanged = {layer for layer in sizes if not typical.get(layer)} & sampled
    requires_grad = {parameter.layer for parameter in training.parameters.values() if parameter.requires_grad}
    sets = (
        unchanged,
        {layer for layer in unchanged if (layer in requires_grad) == trainable},
        {layer for layer in unchanged if layer == finding.place.layer},
    )
    return next((layers for layers in sets if sum(sizes[layer] for layer in layers) == num_reported), None)


def fold(bars: Sequence[Bar], most: int = MOST_BARS) -> list[Bar]:
    """The marked bars, and as many of the others as there is room for, in their order."""
    room = max(0, most - sum(bar.marked for bar in bars))
    kept: list[Bar] = []
    left = 0
    for bar in bars:
        if bar.marked and sum(other.marked for other in kept) < most:
            kept.append(bar)
        elif not bar.marked and room:
            room -= 1
            kept.append(bar)
        else:
            left += 1
    return [*kept, Bar(name=f"and {count(left, 'more layer')}", value=0.0, note=" ")] if left else kept


def chain(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC103: the width of each layer, in order; the layers without an activation between them are marked."""
    layers = [
        (name, module, width)
        for name, module in training.modules.items() if module.leaf and (width := _width(module)) is not None
    ]  # fmt: skip
    names = [name for name, *_ in layers]
    length = value_of(finding, "linear_layers")
    if finding.place.layer not in names:
        return None
    first = names.index(finding.place.layer)
    stack = layers[first : first + int(length)]
    if len(stack) != length:
        return None
    bars = []
    for at, (name, module, width) in enumerate(layers):
        inside = first <= at < first + len(stack)
        note = f"{number(width)} units"
        if inside and at < first + len(stack) - 1:
            note += "  ↓ no activation"
        bars.append(Bar(name=f"{name} {module.class_name}", value=float(width), marked=inside, note=note))
    inner = [float(width) for *_, width in stack[:-1]]
    limit = limit_of(finding, "linear_layers")
    return EvidenceFigure(
        figure=Bars(
            title="Layers without an activation between them",
            description=f"{number(length)} in a row.",
            x=axis("units of a layer", [bar.value for bar in bars], wide=math.inf),
            bars=tuple(fold(bars)),
        ),
        sentence=f"From layer {stack[0][0]} to layer {stack[-1][0]}, {number(length)} layers have no activation "
        f"between them: together they are equivalent to {count(int(limit or 1), 'linear layer')}.",
        decided=(("linear_layers", float(len(stack))), ("narrowest_width", min(inner))),
    )


def narrowest(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC107: the width of each layer, in order; the narrowest is marked."""
    layers = [
        (name, module, width)
        for name, module in training.modules.items() if module.leaf and (width := _width(module)) is not None
    ]  # fmt: skip
    units = next((width for name, _, width in layers if name == finding.place.layer), None)
    if units is None or finding.measured("narrowest_width") is None:
        return None
    bars = [
        Bar(name=f"{name} {module.class_name}", value=float(width), marked=name == finding.place.layer,
            note=f"{number(width)} units")
        for name, module, width in layers
    ]  # fmt: skip
    return EvidenceFigure(
        figure=Bars(
            title="Units of each layer",
            description=f"At least {number(units)}.",
            x=axis("units of a layer", [bar.value for bar in bars], wide=math.inf),
            bars=tuple(fold(bars)),
        ),
        sentence=f"Layer {finding.place.layer} has {count(units, 'unit')}; everything must pass through it.",
        decided=(("narrowest_width", float(units)),),
    )


def _width(module: ModuleFacts) -> int | None:
    width = module.settings.get("out_features", module.settings.get("out_channels"))
    return width if isinstance(width, int) else None
