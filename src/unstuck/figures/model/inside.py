"""What is seen inside a network, for the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from unstuck.core.figure import Axis, Bar, Bars, Figure
from unstuck.core.heat_map import HeatMap
from unstuck.core.pictures import Pictures, Tile
from unstuck.core.words import number
from unstuck.figures.data.tiles import shown_examples, tile
from unstuck.figures.model.grids import grid
from unstuck.figures.model.scatter import scatter
from unstuck.record.events.model.inside import (
    ClassPreference,
    EmbeddedExamples,
    InsideImages,
    InsideMap,
    InsideShares,
)

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView

MOST_BARS = 20


def inside_figures(view: ModelView) -> Iterator[HeatMap | Pictures | Bars | Figure]:
    """Attribution, attention, feature maps, filters, what classes respond to, and embeddings, in this order."""
    images = view.of(InsideImages)
    yield from (_pictures(one) for one in images if one.what == "attribution")
    yield from map(_shares, view.of(InsideShares))
    yield from map(_map, view.of(InsideMap))
    for what in ("attention", "feature maps", "filters"):
        yield from (_pictures(one) for one in images if one.what == what)
    preferred = _preferred(view)
    if preferred is not None:
        yield preferred
    for one in view.of(EmbeddedExamples):
        yield scatter(np.array([one.x, one.y]).T, one.labels, layer=one.layer, method=one.method,
                      explained=one.explained)  # fmt: skip


def _pictures(event: InsideImages) -> Pictures:
    of = "" if event.row is None or f"row {event.row:.0f}" in event.title else f", row {event.row:.0f}"
    tiles = tuple((Tile(caption=name, image=image),) for name, image in zip(event.captions, event.images, strict=True))
    return Pictures(title=f"{event.title}{of}", description=event.description, groups=tiles)


def _map(event: InsideMap) -> HeatMap:
    heads = f", mean of {event.heads} heads" if event.heads > 1 else ""
    return grid(
        event.cells, event.names, event.columns, title=f"Attention of {event.layer or 'the network'}, row {event.row}",
        scale="weight", x="looked at", low=event.low, high=event.high,
        description=f"Computed as {event.method}{heads}: a row for each position that looks, a column for each that is "
        "looked at.",
    )  # fmt: skip


def _shares(event: InsideShares) -> Bars:
    high = max((abs(one) for one in event.shares), default=1.0) or 1.0
    bars = tuple(
        Bar(name=name, value=abs(share), note=number(float(f"{share:.3g}")), marked=share < 0)
        for name, share in list(zip(event.names, event.shares, strict=True))[:MOST_BARS]
    )
    return Bars(
        title=f"What speaks for {event.output} in row {event.row} ({event.method})",
        description="Marked bars take from the output, the others add to it.",
        x=Axis(label="change of the output", low=0.0, high=high), bars=bars,
    )  # fmt: skip


def _preferred(view: ModelView) -> Pictures | None:
    kept = shown_examples(view.record)
    groups = []
    for event in view.of(ClassPreference):
        shown = [
            tile(known, note="" if truth == event.label else f"for {event.label}: {number(round(score, 3))}")
            for row, score, truth in zip(event.rows, event.scores, event.truth, strict=True)
            if (known := kept.get((view.about.split, row))) is not None
        ]
        groups += [tuple(shown)] if shown else []
    if not groups:
        return None
    return Pictures(
        title="What each class responds to", groups=tuple(groups),
        description="The examples with the highest output of each class, with their label in the data.",
    )  # fmt: skip
