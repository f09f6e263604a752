"""The best value after each trial."""

from __future__ import annotations

from unstuck.analysis.study.view import StudyView


def best_so_far(view: StudyView) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Count of trials that had ended, and the best value among them; from the first finite value on."""
    x: list[float] = []
    y: list[float] = []
    for at, trial in enumerate(view.counted, 1):
        value = trial.value if trial.status == "complete" else None
        if value is not None and (not y or view.sign * value < view.sign * y[-1]):
            y.append(value)
        elif y:
            y.append(y[-1])
        else:
            continue
        x.append(float(at))
    return tuple(x), tuple(y)
