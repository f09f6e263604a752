"""The loss around the weights, for the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Curve, Figure
from unstuck.core.heat_map import HeatMap
from unstuck.core.words import count
from unstuck.figures.model.grids import grid
from unstuck.record.events.model.inside import LossLandscape

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView

SMALLEST = 1e-12


def landscape_figures(view: ModelView) -> Iterator[Figure | HeatMap]:
    """A curve along one direction, and a map of two."""
    event = view.one(LossLandscape)
    if event is None:
        return
    known = [(x, y) for x, y in zip(event.x, event.line, strict=True) if y is not None]
    if not known:
        return
    yield Figure(
        title="Loss along a random direction",
        description=f"On {count(event.examples, 'held-out example')}; the direction is normalised filter by filter, "
        "and 1 is as far as the weights are from zero. A wide valley bears small changes of the weights.",
        x=Axis(label="distance", low=event.x[0], high=event.x[-1]),
        y=Axis(label="loss", low=0.0, high=max(y for _, y in known) * 1.05 or 1.0),
        curves=(Curve(name="loss", group=0, x=tuple(x for x, _ in known), y=tuple(y for _, y in known), dots=True),),
    )  # fmt: skip
    logs = [[math.nan if one is None else math.log10(max(one, SMALLEST)) for one in row] for row in event.square]
    values = [one for row in logs for one in row if math.isfinite(one)]
    names = [f"{one:.2g}" for one in event.square_x]
    yield grid(
        logs[::-1], names[::-1], names, title="Loss in two random directions", scale="log10 of the loss",
        x="first direction", low=min(values, default=0.0), high=max(values, default=1.0),
        description="The network is in the middle; the second direction goes upwards.",
    )  # fmt: skip
