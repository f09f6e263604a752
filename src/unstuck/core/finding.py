"""What a rule says: a finding, where it is, on what evidence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unstuck.core.subject import Subject

TRAINING_0 = Subject()


class Severity(StrEnum):
    """How bad it is; the most that a rule may say stands in the catalogue."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def weight(self) -> int:
        """0 for the worst, so that sorting puts the worst first."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure it is; *verified* and *refuted* are earned by an experiment alone."""

    VERIFIED = "verified"
    MEASURED = "measured"
    SUSPECTED = "suspected"
    REFUTED = "refuted"

    @property
    def weight(self) -> int:
        """0 for the surest, so that sorting puts the surest first."""
        return list(Confidence).index(self)


class Applicability(StrEnum):
    """What a remedy promises: *safe* undoes a plain mistake, *trial* needs a paired run, *manual* needs a human."""

    SAFE = "safe"
    TRIAL = "trial"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where, in the user's program or data. Each field is ``None`` where it is unknown or does not apply."""

    layer: str | None = None
    """name of a module"""
    file: str | None = None
    """of the program or of the data"""
    line: int | None = None
    split: str | None = None
    """of a data set"""
    column: str | None = None
    row: int | None = None
    """position in the split, from 0"""
    label: str | None = None
    """a class of the target"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One number that decided, with the threshold that it was compared with.

    Figures, JSON and tests find it by its ``key``; the ``label`` is for people and may change.
    """

    label: str
    value: float
    threshold: float | None = None
    unit: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Single examples that are concerned: positions in the data set given to the loader, worst first."""

    of: str
    count: int
    share: float
    indices: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    """paths or keys, one for each index ("" where unknown); empty where examples have none"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do: a name that an experiment may carry, a sentence, and the code to change."""

    name: str
    text: str
    applicability: Applicability
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule fired at one place of one subject."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    place: Place = Place()
    used_at: Place | None = None
    first_step: int | None = None
    subject: Subject = TRAINING_0
    evidence: tuple[Evidence, ...] = ()
    examples: Examples | None = None
    remedies: tuple[Remedy, ...] = ()
    figures: tuple[str, ...] = ()
    """names of the figures that show the evidence, the best first"""

    @property
    def training(self) -> int:
        """Number of the training that it is about."""
        return self.subject.number

    def measured(self, key: str) -> Evidence | None:
        """The evidence with that key."""
        return next((evidence for evidence in self.evidence if evidence.key == key), None)

    def number(self, key: str) -> float:
        """The value of that evidence; 0 where there is none."""
        found = self.measured(key)
        return float(found.value or 0.0) if found is not None else 0.0
