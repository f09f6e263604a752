"""A study as the published contract has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.analysis.study.best_so_far import best_so_far
from unstuck.analysis.study.capacity import capacity
from unstuck.analysis.study.edges import edges
from unstuck.analysis.study.too_good import confirmation
from unstuck.analysis.study.view import study_view
from unstuck.show.json_data import whole

if TYPE_CHECKING:
    from unstuck.record.reader import Record

Json = dict[str, Any]


def study_as_json(record: Record) -> Json | None:
    """Setup, parameters, trials and what follows from them; None for a record of another kind."""
    view = study_view(record)
    if view is None:
        return None
    x, y = best_so_far(view)
    best = view.best
    return {
        "setup": whole(view.setup),
        "best": None if best is None else {"trial": best.number, "value": best.value, "setting": dict(best.setting)},
        "parameters": [whole(one) for one in view.parameters],
        "trials": [{**whole(one), "setting": dict(one.setting)} for one in view.trials],
        "best_so_far": {"trials": list(x), "values": list(y)},
        "capacity": [whole(one) for one in capacity(view)],
        "at_an_end": [whole(one) for one in edges(view)],
        "confirmed": [whole(confirmation(one, maximize=view.setup.maximize)) for one in view.confirmed],
        "improvement": [whole(one) for one in view.slices],
    }
