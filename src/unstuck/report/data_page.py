"""What the page shows of a data set: what was read, examples, classes, columns, baselines, advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.data.view import datasets
from unstuck.figures.data.baselines import baseline_bars
from unstuck.figures.data.classes import class_bars
from unstuck.figures.data.columns import column_figures
from unstuck.figures.data.disagreements import disagreements
from unstuck.figures.data.look import random_batches, random_examples
from unstuck.record.events.data.human import HumanLabels
from unstuck.record.manifest import RecordKind
from unstuck.report.annotate_form import annotate_form
from unstuck.show.html_evidence import drawn_evidence
from unstuck.show.html_pictures import pictures, small
from unstuck.show.human_words import human_in_words
from unstuck.show.split_words import notes_on_reading, split_in_words

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView
    from unstuck.record.reader import Record

MOST_OPEN = 16
"""more columns than this lie folded below the first of them"""


def data_for_page(record: Record) -> dict[str, Any] | None:
    """The values of ``panels/data.html``; None for a record of something else."""
    if record.manifest.kind is not RecordKind.DATA:
        return None
    views = datasets(record)
    return {
        "read": [(view.split.name, split_in_words(view, whole_path=True)) for view in views],
        "notes": notes_on_reading(views),
        "annotate": annotate_form(record),
        "random": [pictures(one) for view in views if (one := random_examples(view))],
        "batches": [pictures(one) for view in views for one in random_batches(view)],
        "classes": [drawn_evidence(bars, bars.description) for bars in class_bars(views)],
        "panels": [panel for view in views for panel in (_human(view), _baselines(view)) if panel],
        "columns": [split for view in views if (split := _columns(view))["figures"]],
        "most_open": MOST_OPEN,
    }


def _columns(view: DatasetView) -> dict[str, Any]:
    figures = [
        {"name": one.name, "note": one.note, "warned": one.warned, "drawing": small(one.figure)}
        for one in column_figures(view)
    ]
    return {"name": view.split.name, "figures": figures}


def _human(view: DatasetView) -> dict[str, Any] | None:
    """What a person's labels say, with the examples that disagree."""
    event = view.one(HumanLabels)
    if event is None:
        return None
    figure = disagreements(view, event)
    return {
        "title": "Labels given by hand", "note": f"{human_in_words(event)}.", "advice": [], "table": None,
        "figures": [] if figure is None else [drawn_evidence(figure, "")],
    }  # fmt: skip


def _baselines(view: DatasetView) -> dict[str, Any] | None:
    """What simple models reach; the numbers are in a table below."""
    figure = baseline_bars(view)
    if figure is None:
        return None
    return {
        "title": f"Baselines of {view.split.name}", "note": "", "advice": [], "table": None,
        "figures": [drawn_evidence(figure, figure.description)],
    }  # fmt: skip
