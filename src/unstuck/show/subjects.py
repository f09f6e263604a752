"""What a finding is about: its training among those of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings
from unstuck.core.subject import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unstuck.analysis.run.training import Training
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record


def by_number(record: Record) -> dict[int, Training]:
    """The trainings of a record by their numbers; none where nothing is trained."""
    return {training.number: training for training in trainings(record)}


def training_of(finding: Finding, known: Mapping[int, Training]) -> Training | None:
    """The training that a finding is about; None where it is about something else."""
    return known.get(finding.subject.number) if finding.subject.kind is SubjectKind.TRAINING else None


def among(finding: Finding, diagnosis: Diagnosis) -> str:
    """``training 2 of 3``, counted as the curves above; "" where there is one, or the message counts them."""
    numbers = [summary.training for summary in diagnosis.trainings]
    number = finding.subject.number
    about_one = finding.subject.kind is SubjectKind.TRAINING and not finding.message.endswith(" trainings)")
    if len(numbers) < 2 or number not in numbers or not about_one:
        return ""
    return f"training {numbers.index(number) + 1} of {len(numbers)}"
