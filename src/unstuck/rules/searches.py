"""A script that tries several settings: a failed try beside good ones is no fault of the script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unstuck.analysis.run.view import TrainingView
from unstuck.analysis.view import View
from unstuck.core.diagnosis import GOOD
from unstuck.core.finding import Severity
from unstuck.core.outcome import Fired, Outcome
from unstuck.core.subject import SubjectKind
from unstuck.rules.rule import Rule


def as_notes(outcome: Outcome, rule: Rule[View], trainings: Sequence[TrainingView]) -> Outcome:
    """The same outcome, its findings on failed tries among good ones reported as notes."""
    if not isinstance(outcome, Fired) or not rule.common_in_searches or len(trainings) < 2:
        return outcome
    sick = {finding.training for finding in outcome.findings if finding.subject.kind is SubjectKind.TRAINING}
    good = {
        place for view in trainings
        if view.status.verdict in GOOD and view.training.number not in sick and (place := backward_line(view))
    }  # fmt: skip
    tries = {view.training.number for view in trainings if backward_line(view) in good}
    return Fired(
        outcome.code,
        tuple(
            replace(finding, severity=Severity.INFO, message=f"{finding.message}; another training here learned")
            if finding.training in tries and finding.subject.kind is SubjectKind.TRAINING
            else finding
            for finding in outcome.findings
        ),
    )


def backward_line(view: TrainingView) -> tuple[str, int] | None:
    """The line that calls backward, shared by the trainings of a search."""
    loss = view.training.loss
    return (loss.file, loss.line) if loss is not None and loss.file is not None and loss.line is not None else None
