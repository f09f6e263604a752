"""What a rule says: a finding, where it is, on what evidence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """Where in the user's program: a layer's name, a file and a line (each ``None`` where unknown)."""

    layer: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One number that decided, with the threshold it was held against."""

    quantity: str
    value: float
    threshold: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Single examples that are concerned: positions in the data set given to the loader, worst first."""

    of: str
    count: int
    share: float
    indices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What to do: a name that an experiment may carry, a sentence, and the code to change."""

    name: str
    text: str
    applicability: Applicability
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule fired at one place of one training."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    place: Place = Place()
    used_at: Place | None = None
    first_step: int | None = None
    training: int = 0
    evidence: tuple[Evidence, ...] = ()
    examples: Examples | None = None
    remedies: tuple[Remedy, ...] = ()
