"""Examples of a data record as tiles, found by their split and row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.pictures import Tile
from unstuck.record.events.data.shown import ShownExample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unstuck.record.reader import Record

Shown = dict[tuple[int, int], ShownExample]
"""(split, row) → the example"""


def shown_examples(record: Record) -> Shown:
    """Every example that the record keeps, apart from batches; worked out once."""
    if shown_examples not in record.facts:
        events = [event for part in record.parts for event in part.of(ShownExample) if event.batch is None]
        record.facts[shown_examples] = {(event.split, event.row): event for event in events}
    kept: Shown = record.facts[shown_examples]
    return kept


def tile(
    shown: ShownExample, split: str = "", note: str = "", marked: Sequence[str] = (), first: Sequence[str] = ()
) -> Tile:
    """An example with what is said of it.

    Args:
        shown: the example.
        split: its name, where several are shown together.
        note: what is said of it.
        marked: columns whose values are meant.
        first: columns that stand first.
    """
    of = f" of {split}" if split else ""
    front = {name: at for at, name in enumerate(first or marked)}
    cells = sorted(shown.cells, key=lambda cell: front.get(cell[0], len(front)))
    return Tile(
        caption=f"{shown.name}{f' ({split})' if split else ''}" if shown.name else f"row {shown.row}{of}",
        label=shown.label or "", note=note, image=shown.image, cells=tuple(cells), text=shown.text,
        marked=tuple(marked),
    )  # fmt: skip
