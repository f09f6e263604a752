"""A section for a model card, in Markdown: what it was tested on, numbers, where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.model.view import model_views
from unstuck.core.markdown import table
from unstuck.core.words import count
from unstuck.record.events.model.base import NotEvaluated
from unstuck.record.events.model.errors import WorstExamples
from unstuck.show.markdown_escape import plain
from unstuck.show.model_tables import model_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.model.view import ModelView
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.record.reader import Record

MOST_ROWS = 12


def model_card(diagnosis: Diagnosis, record: Record) -> str:
    """The section; "" for a record of another kind."""
    return "".join(f"{line}\n" for view in model_views(record) for line in _lines(view, diagnosis, record))


def _lines(view: ModelView, diagnosis: Diagnosis, record: Record) -> Iterator[str]:
    about = view.about
    yield "## Evaluation"
    yield ""
    yield f"{plain(diagnosis.answer)}"
    yield ""
    yield "### Intended range"
    yield ""
    data = view.data
    source = f" ({plain(data.split.source)})" if data is not None and data.split.source else ""
    yield f"- Tested on {count(about.examples, 'example')}{source}. Nothing is known of other data."
    yield f"- Task: {about.task}. Outputs were read as {plain(about.outputs)}."
    if about.task.has_classes:
        yield f"- Classes: {plain(', '.join(about.classes[:40]))}."
    yield from (f"- {plain(note)}." for note in about.notes)
    for one in model_tables(record):
        yield ""
        yield f"### {plain(one.title)}"
        yield ""
        yield from table(tuple(map(plain, one.head)), [tuple(map(plain, row)) for row in one.rows[:MOST_ROWS]])
    yield ""
    yield "### Known failures"
    yield ""
    findings = [ranked.finding for ranked in diagnosis.findings]
    yield from (f"- {one.code} {one.name} ({one.severity}): {plain(one.message)}." for one in findings)
    worst = view.one(WorstExamples)
    if worst is not None and worst.confident:
        yield f"- {count(worst.confident, 'example')} wrong with a confidence of 0.9 or more."
    if not findings:
        yield "- None was found by the rules that ran."
    yield from (f"- Not examined: {event.what}, for it needs {plain(event.why)}." for event in view.of(NotEvaluated))
