"""The first line about a study."""

from __future__ import annotations

from collections import Counter

from unstuck.analysis.study.too_good import confirmation
from unstuck.analysis.study.view import StudyView
from unstuck.core.words import count, number

MOST_NAMED = 6
"""hyper-parameters of the best trial that are named"""


def study_answer(view: StudyView) -> str:
    """``Best held-out loss 0.19 (trial 23, 50 trials in all): lr 0.003, width 64; 3 diverged, 2 failed.``"""
    statuses = Counter(one.status for one in view.counted)
    ended = len(view.counted)
    others = [f"{statuses[name]} {name}" for name in ("pruned", "diverged", "failed") if statuses[name]]
    left = f"; {count(view.setup.trials - ended, 'trial')} not run" if ended < view.setup.trials else ""
    tail = (f"; {', '.join(others)}" if others else "") + left
    best = view.best
    if best is None:
        return f"No trial of {ended} came to a finite {view.setup.objective}{tail}."
    order = [one.name for one in view.parameters]
    named = sorted(best.setting.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    words = ", ".join(f"{name} {_short(value)}" for name, value in named[:MOST_NAMED])
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    value = f"{view.setup.objective} {number(best.value or 0.0)}"
    told = f"Best {value} (trial {best.number}, {count(ended, 'trial')} in all): {words}{more}"
    return f"{told}{_again(view)}{tail}."


def _again(view: StudyView) -> str:
    """What the best of the confirmed trials comes to with other seeds."""
    found = [confirmation(one, maximize=view.setup.maximize) for one in view.confirmed]
    good = [one for one in found if one.mean == one.mean]
    if not good:
        return ""
    first = min(good, key=lambda one: view.sign * one.mean)
    return f"; with other seeds trial {first.number} is best, mean {number(first.mean)}"


def _short(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)
