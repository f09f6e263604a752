"""The examples that a finding about data names: images, rows or texts, copies side by side, what is said of each."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from unstuck.core.pictures import Pictures, Tile
from unstuck.core.words import count, number
from unstuck.figures.data.tiles import shown_examples, tile
from unstuck.figures.evidence.evidence_figure import EvidenceFigure
from unstuck.record.events.data.base import DataEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.finding import Finding
    from unstuck.record.events.data.shown import ShownExample

MOST = 12
MOST_PAIRS = 6
SAID = {"likely": "model: ", "given": "by hand: ", "problems": ""}
"""fields of events beside ``rows`` that say something of each row, and the words before it"""


def worst(finding: Finding, view: DatasetView) -> EvidenceFigure | None:
    """The worst examples, each with its partner where it has one; None where the record keeps none of them."""
    if finding.examples is None or not finding.examples.indices:
        return None
    rows = finding.examples.indices
    event = event_about(finding, view)
    partners = () if event is None else getattr(event, "other_rows", ())
    named = getattr(event, "other", None)
    other = view.split.id if named is None else int(named)
    kept, notes = shown_examples(view.record), _notes(event)
    marked = (finding.place.column,) if finding.place.column else ()
    groups: list[tuple[Tile, ...]] = []
    for row, partner in zip_longest(rows, partners[: len(rows)]):
        example = kept.get((view.split.id, row))
        if example is None:
            continue
        second = kept.get((other, partner)) if partner is not None else None
        groups.append(tuple(_together(example, second, view, other, notes.get(row, ""), marked)))
        if len(groups) == (MOST_PAIRS if partners else MOST):
            break
    if not groups:
        return None
    return EvidenceFigure(
        figure=Pictures(title=_title(finding, paired=bool(partners)), description="", groups=tuple(groups)),
        sentence=_sentence(finding, len(groups), paired=bool(partners)),
    )


def event_about(finding: Finding, view: DatasetView) -> DataEvent | None:
    """The event whose rows a finding lists: all of them, or those of one kind among them."""
    if finding.examples is None:
        return None
    wanted = finding.examples.indices
    events = [
        event for part in view.record.parts for event in part.events
        if isinstance(event, DataEvent) and event.split == view.split.id
    ]  # fmt: skip
    with_rows = [(event, rows_of(event)) for event in events]
    same = next((event for event, rows in with_rows if rows == wanted), None)
    return same or next((event for event, rows in with_rows if set(wanted) <= set(rows)), None)


def rows_of(event: DataEvent) -> tuple[int, ...]:
    """The rows that an event is about; empty where it is about none."""
    rows: tuple[int, ...] = getattr(event, "rows", ())
    return rows


def _notes(event: DataEvent | None) -> Mapping[int, str]:
    """What an event says of each of its rows."""
    if event is None:
        return {}
    rows = rows_of(event)
    for field, before in SAID.items():
        values = getattr(event, field, ())
        if isinstance(values, str):  # the same for all
            return dict.fromkeys(rows, f"{before}{values}")
        if len(values) == len(rows):
            return {row: f"{before}{value}" for row, value in zip(rows, values, strict=True)}
    return {}


def _together(
    example: ShownExample, partner: ShownExample | None, view: DatasetView, other: int, note: str,
    marked: tuple[str, ...],
) -> Iterator[Tile]:  # fmt: skip
    apart = other != view.split.id and partner is not None
    first = marked
    if partner is not None and not marked:
        second = dict(partner.cells)
        first = tuple(name for name, value in example.cells if second.get(name, value) != value)
    yield tile(example, split=view.split.name if apart else "", note=note, marked=first)
    if partner is not None:
        yield tile(partner, split=view.splits[other].name if apart else "", marked=first)


def _title(finding: Finding, *, paired: bool) -> str:
    assert finding.examples is not None
    if paired:
        return "Pairs"
    return f"The {finding.examples.of}" if finding.examples.count <= MOST else f"The worst {finding.examples.of}"


def _sentence(finding: Finding, shown: int, *, paired: bool) -> str:
    assert finding.examples is not None
    total = int(finding.examples.count)
    if total <= shown:
        return ""
    return f"{count(shown, 'pair' if paired else 'example')} of {number(total)} {'is' if shown == 1 else 'are'} shown."
