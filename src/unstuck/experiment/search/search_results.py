"""The results of a search, from what it knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.core.experiment import RE_RUN, Results
from unstuck.experiment.branch.end import End
from unstuck.experiment.search.history import CONTROL

if TYPE_CHECKING:
    from unstuck.experiment.branch.branches import Branch
    from unstuck.experiment.search.search_state import Ledger

LEFTOVERS = (
    "It seems to find what a run has left, such as a checkpoint or an output folder; move that away, and verify again"
)
NOT_AVAILABLE = "Branches have no network and no input, and see the files as they are now"


def results_of(ledger: Ledger, first_difference: int | None, steps: int) -> Results:
    """Everything that was tried, the largest effect first.

    Args:
        ledger: of the search.
        first_difference: backward call from which two controls differ; None where they never do.
        steps: backward calls of the branches that are shorter than the run may be; 0 where there are none yet.
    """
    trials = sorted(ledger.trials.values(), key=lambda one: -(one.effect.gain if one.effect else -math.inf))
    situation, verified = ledger.situation, ledger.verified
    control = ledger.history.branch(())
    return Results(
        way=RE_RUN, steps=steps or branch_steps(ledger), of_steps=situation.of_steps, reached=situation.floor,
        reached_after=ledger.came_to(verified) if verified else situation.floor,
        trials=tuple(trials), sufficient=tuple(one.title for one in verified),
        seconds=ledger.spent, budget=situation.budget, repeatable=first_difference is None,
        parted=first_difference, training=situation.training,
        refused=_refused(ledger, control) if control is not None else "",
    )  # fmt: skip


def does_not_repeat(ledger: Ledger, control: Branch) -> bool:
    """Whether the run trained, and the same script trains nothing now."""
    return ledger.situation.of_steps > 0 and control.ended in (End.EXCEPTION, End.FINISHED) and ledger.score(()) is None


def _refused(ledger: Ledger, control: Branch) -> str:
    """Why nothing can be tried; empty where it can."""
    if does_not_repeat(ledger, control):
        if control.ended != End.EXCEPTION:
            return f"run again as it is, it trains nothing. {LEFTOVERS}"
        why = LEFTOVERS if control.why.partition(":")[0] == FileExistsError.__name__ else NOT_AVAILABLE
        return f"run again as it is, it raises {control.why} before it trains. {why}"
    return control.why if control.ended == End.REFUSED else ""


def branch_steps(ledger: Ledger) -> int:
    """Backward calls of the control, at most those of the run."""
    control = ledger.history.latest.get(CONTROL)
    steps = control.steps if control is not None else ledger.limits.steps
    return min(steps, ledger.situation.of_steps or steps)
