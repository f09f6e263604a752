"""The form in which a person labels examples by hand; it is saved as a file, by the page alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.data.view import datasets
from unstuck.core.pictures import Pictures
from unstuck.figures.data.tiles import tile
from unstuck.record.events.data.shown import ShownExample, Why
from unstuck.show.html_pictures import pictures

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.events.data.shown import ShownExample as Shown
    from unstuck.record.reader import Record

MOST_BUTTONS = 12
"""classes up to which each has a button"""


def annotate_form(record: Record) -> dict[str, Any] | None:
    """The values of ``panels/annotate.html``; None where nobody asked for it."""
    for view in datasets(record):
        shown = [event for event in view.of(ShownExample) if event.why is Why.ANNOTATE]
        if shown:
            return _form(record, view, shown)
    return None


def _form(record: Record, view: DatasetView, shown: list[Shown]) -> dict[str, Any]:
    classes = view.split.classes
    targets = {view.split.target, *view.split.targets}
    return {
        "record": record.name, "split": view.split.id, "name": view.split.name, "target": view.split.target or "label",
        "buttons": classes if len(classes) <= MOST_BUTTONS else (),
        "classes": classes if len(classes) > MOST_BUTTONS else (),
        "examples": [{"row": event.row, "look": _unlabelled(event, targets)} for event in shown],
    }  # fmt: skip


def _unlabelled(event: Shown, targets: set[str | None]) -> dict[str, Any]:
    """Without the label that the data has: a person must not know it; nor the file's folder, which often is one."""
    made = tile(event)
    cells = tuple((name, value) for name, value in made.cells if name not in targets)
    blind = Pictures(
        title=f"row {event.row}", description="",
        groups=((type(made)(caption=f"row {event.row}", image=made.image, cells=cells, text=made.text),),),
    )  # fmt: skip
    return pictures(blind)
