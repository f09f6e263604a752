"""What the page shows of an evaluation: how well, which classes are confused with which examples, the worst ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.model.view import model_views
from unstuck.core.words import count, share
from unstuck.figures.model.dependence import (
    adversarial_curve,
    distance_figure,
    followed_bars,
    pushed_figures,
    stage_bars,
)
from unstuck.figures.model.dynamics import cartography
from unstuck.figures.model.inside import inside_figures
from unstuck.figures.model.landscape import landscape_figures
from unstuck.figures.model.scores import (
    class_recalls,
    compared_bars,
    constant_bars,
    coverage_curve,
    reliability_diagram,
)
from unstuck.figures.model.worst import pictures_of, worst_pictures
from unstuck.record.events.model.errors import ConfusedPair, Confusion, WorstExamples
from unstuck.show.html_evidence import drawn_evidence

if TYPE_CHECKING:
    from unstuck.analysis.model.view import ModelView
    from unstuck.record.reader import Record

MOST_CLASSES = 30
"""of which the page shows the whole confusion"""
MOST_LISTED = 30
"""rows that are listed of one confusion"""


def model_for_page(record: Record) -> dict[str, Any] | None:
    """The values of ``panels/model.html``; None for a record of something else."""
    view = next(iter(model_views(record)), None)
    if view is None:
        return None
    made = (
        compared_bars, class_recalls, reliability_diagram, coverage_curve, constant_bars, followed_bars,
        distance_figure, adversarial_curve, stage_bars,
    )  # fmt: skip
    figures = [figure for maker in made if (figure := maker(view)) is not None] + pushed_figures(view)
    course = cartography(record)
    figures += [course] if course is not None else []
    worst = worst_pictures(view)
    return {
        "about": _about(view),
        "notes": list(view.about.notes),
        "figures": [drawn_evidence(one, one.description) for one in figures],
        "worst": None if worst is None else drawn_evidence(worst, worst.description),
        "inside": [
            drawn_evidence(one, one.description) for one in (*inside_figures(view), *landscape_figures(view))
        ],
        "confusion": _confusion(view),
        "pairs": [_pair(view, one) for one in view.of(ConfusedPair)],
    }


def _about(view: ModelView) -> str:
    about = view.about
    scored = "" if about.scored == about.examples else f", {count(about.scored, about.unit)}"
    device = f", on {about.device}" if about.device else ""
    classes = f", {count(len(about.classes), 'class', 'classes')}" if about.task.has_classes else ""
    return f"{about.task}{classes}, {count(about.examples, 'example')}{scored}; outputs: {about.outputs}{device}"


def _confusion(view: ModelView) -> dict[str, Any] | None:
    """The table, each cell with how dark it is and the rows behind it."""
    event = view.one(Confusion)
    if event is None or len(event.counts) > MOST_CLASSES:
        return None
    names = view.about.classes
    behind = _rows_behind(view)
    rows = []
    for a, counts in enumerate(event.counts):
        total = max(1, sum(counts))
        cells = [
            {"count": value, "shade": round(value / total, 2), "right": a == b,
             "title": f"{names[a]} predicted as {names[b]}: {value} ({share(value / total)})"}
            for b, value in enumerate(counts)
        ]  # fmt: skip
        rows.append({"name": names[a], "cells": cells, "total": sum(counts)})
    listed = [
        {"name": f"{a} predicted as {b}", "rows": some[:MOST_LISTED], "more": max(0, len(some) - MOST_LISTED)}
        for (a, b), some in sorted(behind.items(), key=lambda one: -len(one[1]))
    ]
    return {"names": names, "rows": rows, "listed": listed}


def _rows_behind(view: ModelView) -> dict[tuple[str, str], list[int]]:
    """The examples of each confusion, as far as the record lists them."""
    found: dict[tuple[str, str], list[int]] = {}
    for pair in view.of(ConfusedPair):
        found[pair.truth, pair.predicted] = list(pair.rows)
    event = view.one(WorstExamples)
    if event is not None:
        for row, truth, predicted in zip(event.rows, event.truth, event.predicted, strict=True):
            some = found.setdefault((truth, predicted), [])
            if row not in some:
                some.append(row)
    return found


def _pair(view: ModelView, pair: ConfusedPair) -> dict[str, Any]:
    title = f"{pair.truth} predicted as {pair.predicted}"
    pictures = pictures_of(view, pair.rows, title, f"predicted {pair.predicted}")
    return {"title": title, "pictures": None if pictures is None else drawn_evidence(pictures, "")}
