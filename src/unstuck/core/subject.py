"""What a finding is about: a training of a run, a data set, a probe, a trained model, or a study."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """The kinds of things that rules judge."""

    TRAINING = "training"
    """one optimisation of one set of parameters, within a run"""
    DATASET = "dataset"
    """a data set, or one split of it"""
    PROBE = "probe"
    """one check before training"""
    MODEL = "model"
    """a trained model on data"""
    STUDY = "study"
    """a search for hyper-parameters"""


OF_ROWS = (SubjectKind.DATASET, SubjectKind.MODEL)
"""subjects whose examples are rows, and whose notes are one line each"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One of them: its kind, its number within the record, and its name where it has one."""

    kind: SubjectKind = SubjectKind.TRAINING
    number: int = 0
    name: str = ""

    @property
    def title(self) -> str:
        """``training 0``, ``dataset train``."""
        return f"{self.kind} {self.name or self.number}"
