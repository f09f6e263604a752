"""Examples that a person labels otherwise than the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.pictures import Pictures
from unstuck.core.words import count
from unstuck.figures.data.tiles import shown_examples, tile

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.events.data.human import HumanLabels


def disagreements(view: DatasetView, event: HumanLabels) -> Pictures | None:
    """Each with both labels; None where all agree."""
    kept = shown_examples(view.record)
    tiles = [
        tile(kept[view.split.id, row], note=f"by hand: {given}")
        for row, given in zip(event.rows, event.given, strict=True) if (view.split.id, row) in kept
    ]  # fmt: skip
    if not tiles:
        return None
    return Pictures(
        title="Where a person disagrees with the data", description=count(len(tiles), "example"),
        groups=tuple((one,) for one in tiles),
    )  # fmt: skip
