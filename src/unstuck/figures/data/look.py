"""Random examples, and random batches of a loader: look at the data first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.pictures import Pictures
from unstuck.core.words import count
from unstuck.figures.data.tiles import tile
from unstuck.record.events.data.shown import ShownExample, Why

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView

MOST_TEXTS = 6
MOST_IN_BATCH = 32
MOST_BATCHES = 3


def random_examples(view: DatasetView) -> Pictures | None:
    """Those drawn at random; None where none were kept."""
    drawn = [shown for shown in view.of(ShownExample) if shown.why is Why.RANDOM]
    if drawn and drawn[0].text and not drawn[0].image:
        drawn = drawn[:: -(-len(drawn) // MOST_TEXTS)]  # they are in the order of the file, so from all of it
    if not drawn:
        return None
    return Pictures(
        title=f"Random examples of {view.split.name}",
        description=f"{count(len(drawn), 'example')} drawn at random from {count(view.split.rows, 'example')}.",
        groups=tuple((tile(shown),) for shown in drawn),
    )


def random_batches(view: DatasetView) -> tuple[Pictures, ...]:
    """Batches as the network receives them, after augmentation."""
    by_batch: dict[int, list[ShownExample]] = {}
    for shown in view.of(ShownExample):
        if shown.why is Why.BATCH and shown.batch is not None:
            by_batch.setdefault(shown.batch, []).append(shown)
    return tuple(
        Pictures(
            title=f"Batch {number} of {view.split.name}",
            description=f"{count(min(len(batch), MOST_IN_BATCH), 'example')} as the network receives them.",
            groups=tuple((tile(shown),) for shown in batch[:MOST_IN_BATCH]),
        )
        for number, batch in sorted(by_batch.items())[:MOST_BATCHES]
    )
