"""What the page shows of a study: the curve of the best value, what mattered, every hyper-parameter, the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.study.view import study_view
from unstuck.figures.study.best_so_far_curve import best_so_far_curve
from unstuck.figures.study.importance_bars import importance_bars
from unstuck.figures.study.integrated_improvement import improvement_figures
from unstuck.figures.study.slice_plots import slice_plots
from unstuck.show.html_evidence import drawn_evidence

if TYPE_CHECKING:
    from unstuck.record.reader import Record


def study_for_page(record: Record) -> dict[str, Any] | None:
    """The values of ``panels/study.html``; None for a record of something else."""
    view = study_view(record)
    if view is None:
        return None
    panels = (
        ("Search", [best_so_far_curve(view), importance_bars(view)]),
        ("Every hyper-parameter", list(slice_plots(view))),
        ("What to try next", list(improvement_figures(view))),
    )
    drawn = [
        {"title": title, "figures": [drawn_evidence(one, one.description) for one in figures if one is not None]}
        for title, figures in panels
    ]
    return {"command": view.setup.command, "panels": [panel for panel in drawn if panel["figures"]]}
