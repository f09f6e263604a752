"""What many rules need: a loss that says how well the network does."""

from __future__ import annotations

from unstuck.analysis.run.view import TrainingView
from unstuck.rules.rule import TooLittle


def needs_progress(view: TrainingView) -> None:
    """Skip a training whose loss measures no progress: of a policy, of an adversary, of targets the network makes."""
    if not view.status.objective:
        raise TooLittle(f"a loss that measures progress: {view.status.no_objective}")
