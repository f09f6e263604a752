"""What experiments on a run show: the one change that makes it learn by itself, where no other kind of change does."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from unstuck.core import words
from unstuck.core.experiment import TrialVerdict
from unstuck.core.finding import Evidence

if TYPE_CHECKING:
    from unstuck.analysis.run.view import TrainingView
    from unstuck.core.experiment import Effect, Trial

HARDLY_LEARNED = 0.1
"""share of the baseline loss: a run that removed no more of it has hardly learned"""
LEARNED = 0.8
"""share of the baseline loss: a branch that removed as much of it has learned"""
EQUALLY_GOOD = 0.1
"""difference in that share within which another change is as good"""
STEP_LENGTH_CHANGES = frozenset({"learning-rate", "learning-rate-range", "set-learning-rate", "schedule", "optimiser"})
"""changes of the step length, several of which can fix the same fault"""


def was_tried(view: TrainingView, name: str) -> bool:
    """Whether an intervention of that name was measured on this training."""
    results = view.experiments
    return results is not None and any(
        trial.effect is not None and trial.names[-1] == name for trial in results.trials
    )


def decisive_trial(view: TrainingView, name: str, related: Collection[str] = ()) -> Trial | None:
    """The verified trial of an intervention that by itself turns a run that has hardly learned into one that has.

    None where a change of another kind is as good: then the experiment does not show the cause. None too for a
    change that was tried for a finding: that finding reports it.

    Args:
        view: the training that was experimented on.
        name: of the intervention.
        related: other interventions that fix the same fault.
    """
    results = view.experiments
    if results is None or len(results.sufficient) != 1:
        return None
    title = results.sufficient[0]
    trial = next((trial for trial in results.trials if trial.title == title and not trial.on_top_of), None)
    if trial is None or trial.names[-1] != name or trial.codes or trial.verdict is not TrialVerdict.VERIFIED:
        return None
    effect = trial.effect
    if effect is None or effect.control > HARDLY_LEARNED or effect.treated < LEARNED:
        return None
    others = [
        other.effect.treated for other in results.trials
        if other.effect is not None and not other.on_held_out and not other.on_top_of
        and other.names[-1] not in {name, *related}
    ]  # fmt: skip
    return trial if all(treated < effect.treated - EQUALLY_GOOD for treated in others) else None


def trial_evidence(trial: Trial, effect: Effect) -> tuple[Evidence, ...]:
    """What the experiment measured: the share of the baseline loss removed without and with the change."""
    return (
        Evidence(
            key="share_learned_control", label="share of the baseline loss removed without the change",
            value=effect.control, threshold=HARDLY_LEARNED, unit="share",
        ),
        Evidence(
            key="share_learned_treated", label=f"share of the baseline loss removed with {trial.title}",
            value=effect.treated, threshold=LEARNED, unit="share",
        ),
        Evidence(key="num_pairs", label="pairs of control and treated run", value=float(effect.pairs)),
    )  # fmt: skip


def share_learned(share: float) -> str:
    """``94 %`` of the baseline loss; nothing below zero."""
    return words.share(max(0.0, round(share, 2)))
