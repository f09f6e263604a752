"""The five things that can become of a rule; *not checked* never looks like *healthy*."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.core.finding import Finding


@dataclass(frozen=True, slots=True)
class Fired:
    """The rule found its sickness."""

    code: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule found its sickness, and comments in the user's source allow all that it found."""

    code: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The rule could look and found nothing."""

    code: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule could not look, or not at every training: the record lacks what is named here."""

    code: str
    missing: tuple[str, ...]
    passed: int = 0
    """trainings that it could look at, and in which it found nothing"""


@dataclass(frozen=True, slots=True)
class Broke:
    """The rule itself failed; a defect of ours, told as such."""

    code: str
    error: str


Outcome = Fired | Allowed | Passed | Skipped | Broke
