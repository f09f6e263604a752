"""A study as rules, tables and figures read it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from unstuck.analysis.view import View
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events.base import Event
from unstuck.record.events.study import (
    ConfirmedTrial,
    ImprovementSlice,
    SearchedParameter,
    StudySetup,
    StudyTrial,
)
from unstuck.record.manifest import RecordKind
from unstuck.record.reader import Record

OfStudy = TypeVar("OfStudy", bound=Event)


@dataclass(frozen=True)
class StudyView(View):
    """One study; a record holds one."""

    setup: StudySetup

    @property
    def subject(self) -> Subject:
        """The study by its name."""
        return Subject(SubjectKind.STUDY, 0, self.setup.name)

    def of(self, kind: type[OfStudy]) -> tuple[OfStudy, ...]:
        """All events of one kind."""
        return tuple(event for part in self.record.parts for event in part.of(kind))

    @cached_property
    def trials(self) -> tuple[StudyTrial, ...]:
        """In order of their beginning."""
        return self.of(StudyTrial)

    @cached_property
    def parameters(self) -> tuple[SearchedParameter, ...]:
        """Those that matter most first, then in the order in which they were asked for."""
        return tuple(sorted(self.of(SearchedParameter), key=lambda one: -(one.importance or 0.0)))

    @cached_property
    def confirmed(self) -> tuple[ConfirmedTrial, ...]:
        """Trained again; of a trial that was confirmed several times, the last."""
        return tuple({one.number: one for one in self.of(ConfirmedTrial)}.values())

    @property
    def slices(self) -> tuple[ImprovementSlice, ...]:
        """What the model believes along one hyper-parameter."""
        return self.of(ImprovementSlice)

    @cached_property
    def complete(self) -> tuple[StudyTrial, ...]:
        """Trials with a finite value, in order."""
        return tuple(one for one in self.trials if one.status == "complete" and math.isfinite(one.value or 0.0))

    @cached_property
    def ranked(self) -> tuple[StudyTrial, ...]:
        """The same, the best first."""
        return tuple(sorted(self.complete, key=lambda one: self.sign * float(one.value or 0.0)))

    @property
    def best(self) -> StudyTrial | None:
        """None where no trial came to a finite value."""
        return self.ranked[0] if self.ranked else None

    @property
    def counted(self) -> tuple[StudyTrial, ...]:
        """Trials that have ended, without those that were lost and run again."""
        return tuple(one for one in self.trials if one.status in ("complete", "pruned", "diverged", "failed"))

    @property
    def sign(self) -> float:
        """−1 where a larger value is better."""
        return -1.0 if self.setup.maximize else 1.0


def study_view(record: Record) -> StudyView | None:
    """The study of a record; None for a record of another kind."""
    if record.manifest.kind is not RecordKind.STUDY:
        return None
    setup = next((event for part in record.parts for event in part.of(StudySetup)), None)
    return None if setup is None else StudyView(record, setup)
