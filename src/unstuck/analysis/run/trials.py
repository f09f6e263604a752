"""What experiments on a run decide: the one change that alone makes it learn, where no other kind of change does."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from unstuck.core import words
from unstuck.core.experiment import Proof
from unstuck.core.finding import Evidence

if TYPE_CHECKING:
    from unstuck.analysis.run.view import TrainingView
    from unstuck.core.experiment import Trial

HARDLY = 0.1
"""share of the constant answer's loss: a run that took no more away has hardly learned"""
WELL = 0.8
"""share of the constant answer's loss: a branch that took as much away has learned"""
AS_GOOD = 0.1
"""distance in that share within which another change does as well"""
RATES = frozenset({"learning-rate", "learning-rate-range", "set-learning-rate", "schedule", "optimiser"})
"""changes of the step's length, of which several cure the same sickness"""


def sole_cure(view: TrainingView, name: str, kin: Collection[str] = ()) -> Trial | None:
    """The verified change of that name that alone turns a run that has hardly learned into one that has.

    None where a change of another kind does as well: then the experiment does not tell the cause. A change that was
    made for a finding is that finding's business.

    Args:
        view: the training that was experimented on.
        name: of the intervention.
        kin: other interventions that undo the same sickness.
    """
    results = view.experiments
    if results is None or len(results.sufficient) != 1:
        return None
    cure = next((one for one in results.trials if one.title == results.sufficient[0] and not one.on_top_of), None)
    if cure is None or cure.names[-1] != name or cure.codes or cure.proof is not Proof.VERIFIED:
        return None
    effect = cure.effect
    if effect is None or effect.control > HARDLY or effect.treated < WELL:
        return None
    others = [
        one.effect.treated for one in results.trials
        if one.effect is not None and not one.on_held_out and not one.on_top_of and one.names[-1] not in {name, *kin}
    ]
    return cure if all(other < effect.treated - AS_GOOD for other in others) else None


def told(cure: Trial) -> tuple[Evidence, ...]:
    """What the experiment measured, as evidence."""
    assert cure.shown is not None
    return (
        Evidence(label="share of the constant answer's loss taken away, as it is", value=cure.shown.control,
                 threshold=HARDLY, unit="share"),
        Evidence(label=f"the same with {cure.title}", value=cure.shown.treated, threshold=WELL, unit="share"),
        Evidence(label="pairs of control and treatment", value=float(cure.shown.pairs)),
    )  # fmt: skip


def learned(share: float) -> str:
    """``94 %`` of the constant answer's loss; nothing below zero."""
    return words.share(max(0.0, round(share, 2)))
