"""Which model is delivered: the best by cross-validation, and the simplest of those that are as good within noise."""

from __future__ import annotations

from collections.abc import Sequence

from unstuck.core.words import number
from unstuck.fit.compare import by_goal
from unstuck.fit.crossed import held_rows
from unstuck.fit.rungs.shallow import best_shallow
from unstuck.fit.work import Candidate, Work

KINDS = ("shallow", "network", "ensemble", "stack")
"""the simplest first"""


def choose(work: Work) -> tuple[Candidate, str]:
    """The model to deliver, and why."""
    order = _one_of_each_kind(work)
    groups = work.groups(held_rows(work))
    best = order[0]
    for other in order[1:]:
        if by_goal(work.goal, other.given, best.given, groups, work.settings.seed).value > 0:
            best = other
    said = f"{best.title} is the best in cross-validation"
    for other in order:
        if other.name == best.name:
            break
        found = by_goal(work.goal, best.given, other.given, groups, work.settings.seed)
        if found.value <= found.error:
            return other, (
                f"{best.title} is better than {other.title} by {number(max(0.0, found.value))} only, less than one "
                f"standard error ({number(found.error)}), and {other.title} is simpler"
            )
        said += f"; better than {other.title} by {found}"
    return best, said


def _one_of_each_kind(work: Work) -> Sequence[Candidate]:
    """The best shallow model, the last network, ensemble and stack."""
    found = [best_shallow(work)]
    for kind in KINDS[1:]:
        found += [one for one in work.candidates.values() if one.kind == kind][-1:]
    return found
