"""The most wrong examples, and those of a finding, as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.pictures import Pictures
from unstuck.core.words import count, number
from unstuck.figures.data.tiles import shown_examples, tile
from unstuck.record.events.model.errors import WorstExamples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.analysis.model.view import ModelView

MOST = 24


def worst_pictures(view: ModelView) -> Pictures | None:
    """With label, prediction and confidence; None where no example was kept."""
    event = view.one(WorstExamples)
    if event is None:
        return None
    kept = shown_examples(view.record)
    tiles = []
    for at, row in enumerate(event.rows[:MOST]):
        known = kept.get((view.about.split, row))
        if known is None:
            continue
        confidence = f" ({number(round(event.confidence[at], 2))})" if event.confidence else ""
        doubt = "; simple models agree" if event.doubted and event.doubted[at] else ""
        tiles.append((tile(known, note=f"predicted {event.predicted[at]}{confidence}{doubt}"),))
    if not tiles:
        return None
    confident = f" {count(event.confident, 'example is', 'examples are')} wrong with a confidence of 0.9 or more." if (
        event.confidence) else ""  # fmt: skip
    return Pictures(
        title="Most wrong examples", description=f"The highest losses.{confident}", groups=tuple(tiles)
    )


def pictures_of(view: ModelView, rows: Sequence[int], title: str, note: str = "") -> Pictures | None:
    """Some rows of the split, as far as they were kept."""
    kept = shown_examples(view.record)
    found = [(tile(known, note=note),) for row in rows if (known := kept.get((view.about.split, row))) is not None]
    return Pictures(title=title, description="", groups=tuple(found[:MOST])) if found else None
