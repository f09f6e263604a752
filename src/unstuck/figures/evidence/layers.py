"""OPT105, ARC109, ARC103: layer by layer, which learn and which do not, and what stands between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.parameters import elements
from unstuck.core.figure import Bar, Bars
from unstuck.core.words import count, number, share
from unstuck.figures.by_layer import norms, update_ratios
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, axis, limit_of, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.run.training import Training
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Event

MOST_BARS = 24


def untouched(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT105, ARC109: the way of each layer's weights in a typical step; those that the finding names stand still."""
    quantity = "weights reached and in no optimiser" if finding.code == "OPT105" else "weights that can never learn"
    told = value_of(finding, quantity)
    moved = {layer: float(np.nanmedian(y)) for layer, (_, y) in update_ratios(training).items() if np.isfinite(y).any()}
    sizes = _sizes(training)
    still = {layer for layer in sizes if not moved.get(layer)} & _standing(training)
    named = _named(finding, training, still, sizes, told)
    if named is None or not any(moved.values()):
        return None
    why = "in no optimiser" if finding.code == "OPT105" else "no gradient"
    rows = [
        Bar(
            name=layer or "(root)",
            value=moved.get(layer, 0.0),
            marked=layer in named,
            note=f"0: {why}, {count(sizes[layer], 'weight')}" if layer in named else "",
        )
        for layer in sizes
        if layer in named or layer in moved
    ]
    total = sum(sizes[layer] for layer in named)
    part = value_of(finding, "their share")
    those = "Those marked move" if len(named) > 1 else "The one marked moves"
    return EvidenceFigure(
        figure=Bars(
            title="How far a step moves each layer",
            description=f"{len(named)} layers stand still.",
            x=axis("median |update| ÷ |weight|", moved.values(), wide=math.inf),
            bars=tuple(fold(rows)),
        ),
        sentence=f"{those} by 0 at every sampled step: {number(total)} weights, {share(part)}"
        f"{' of the network' if finding.code == 'ARC109' else ' of those that the loss reaches'}.",
        decided=((quantity, float(total)),),
    )


def _sizes(training: Training) -> dict[str, int]:
    """Weights of each layer, in the order of the network."""
    sizes: dict[str, int] = {}
    for parameter in training.parameters.values():
        sizes[parameter["layer"]] = sizes.get(parameter["layer"], 0) + elements(parameter)
    return sizes


def _standing(training: Training) -> set[str]:
    """Layers of which some weight was looked at, and stayed as it was."""
    return {layer for layer, (_, y) in norms(training, "weight").items() if len(y) > 1 and (y == y[0]).all()}


def _named(
    finding: Finding, training: Training, still: set[str], sizes: dict[str, int], told: float
) -> set[str] | None:
    """The layers that the finding counts: all that stand still, or those of them that it names."""
    if sum(sizes[layer] for layer in still) == told:
        return still
    spoken = {layer for layer in still if layer in finding.message}
    if sum(sizes[layer] for layer in spoken) == told:
        return spoken
    trained = {p["layer"] for p in training.parameters.values() if p.get("requires_grad", True)}
    kept = {layer for layer in still if (layer in trained) == (finding.code == "OPT105")}
    return kept if sum(sizes[layer] for layer in kept) == told else None


def fold(bars: Sequence[Bar], most: int = MOST_BARS) -> list[Bar]:
    """The marked ones, and of the others as many as there is room for, in their order."""
    room = max(0, most - sum(bar.marked for bar in bars))
    kept: list[Bar] = []
    left = 0
    for bar in bars:
        if bar.marked and sum(one.marked for one in kept) < most:
            kept.append(bar)
        elif not bar.marked and room:
            room -= 1
            kept.append(bar)
        else:
            left += 1
    return [*kept, Bar(name=f"and {count(left, 'more layer')}", value=0.0, note=" ")] if left else kept


def chain(finding: Finding, training: Training) -> EvidenceFigure | None:
    """ARC103: the layers in their order, by their width; those with nothing between them are marked."""
    layers = [
        (name, module) for name, module in training.modules.items() if module.get("leaf") and _width(module) is not None
    ]
    ends = _ends(finding)
    names = [name for name, _ in layers]
    number_of = value_of(finding, "with no activation between")
    if ends is None or ends[0] not in names or ends[1] not in names:
        return None
    first, last = names.index(ends[0]), names.index(ends[1])
    if last - first + 1 != number_of:
        return None
    bars = []
    for at, (name, module) in enumerate(layers):
        inside = first <= at <= last
        note = f"{number(_width(module) or 0)} units"
        if inside and at < last:
            note += "  ↓ nothing between"
        kind = str(module.get("class") or "")
        bars.append(Bar(name=f"{name} {kind}", value=float(_width(module) or 0), marked=inside, note=note))
    inner = [float(_width(module) or 0) for _, module in layers[first:last]]
    limit = limit_of(finding, "with no activation between")
    return EvidenceFigure(
        figure=Bars(
            title="Layers without an activation between them",
            description=f"{number(number_of)} in a row.",
            x=axis("units of a layer", [bar.value for bar in bars], wide=math.inf),
            bars=tuple(fold(bars)),
        ),
        sentence=f"From layer {ends[0]} to layer {ends[1]}, {number(number_of)} layers follow each other with no "
        f"activation between: together they "
        f"can do what {count(int(limit or 1), 'layer')} can.",
        decided=(("with no activation between", float(last - first + 1)), ("narrowest width", min(inner))),
    )


def _width(module: Event) -> int | None:
    settings = module.get("settings") or {}
    width = settings.get("out_features", settings.get("out_channels"))
    return int(width) if width is not None else None


def _ends(finding: Finding) -> tuple[str, str] | None:
    """First and last layer, as the quantity names them."""
    item = next((one for one in finding.evidence if one.label.endswith("with no activation between")), None)
    if item is None:
        return None
    words = item.label.removeprefix("layers from ").removesuffix(" with no activation between")
    first, _, last = words.partition(" to ")
    return first, last
