"""A rule that judges a training and its data says the same once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.outcome import Fired, Outcome
from unstuck.core.subject import SubjectKind

if TYPE_CHECKING:
    from unstuck.core.finding import Finding


def said_once(outcome: Outcome) -> Outcome:
    """The same without what is said of the training and of the data that it was trained on.

    The training's finding stays, which knows the loss; the data's if it alone knows rows and is as grave.
    """
    if not isinstance(outcome, Fired):
        return outcome
    of_training = [one for one in outcome.findings if one.subject.kind is SubjectKind.TRAINING]
    of_data = [one for one in outcome.findings if one.subject.kind is SubjectKind.DATASET and one.subject.number == 0]
    if not of_training or not of_data:
        return outcome
    gravest = min(one.severity.weight for one in of_training)
    knows_more = (
        any(map(_has_rows, of_data)) and not any(map(_has_rows, of_training))
        and min(one.severity.weight for one in of_data) <= gravest
    )  # fmt: skip
    dropped = of_training if knows_more else of_data
    return Fired(outcome.code, tuple(one for one in outcome.findings if one not in dropped))


def _has_rows(finding: Finding) -> bool:
    return finding.examples is not None and bool(finding.examples.indices)
