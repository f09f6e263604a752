"""The five outcomes of a rule; *skipped* never looks like *passed*."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.core.finding import Finding


class TooLittle(Exception):  # noqa: N818 - it is no error: something is skipped
    """Raised by a rule or a measurement: there is too little to judge by. Its text says what is missing, in words."""


@dataclass(frozen=True, slots=True)
class Fired:
    """The rule found its fault."""

    code: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule found its fault, and comments in the user's source allow all findings."""

    code: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The rule judged every subject and found nothing."""

    code: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule could not judge every subject: the record lacks what is named here."""

    code: str
    missing: tuple[str, ...]
    passed: int = 0
    """subjects that it could judge, and in which it found nothing"""


@dataclass(frozen=True, slots=True)
class Broke:
    """The rule itself failed: a defect of unstuck, reported as one."""

    code: str
    error: str


Outcome = Fired | Allowed | Passed | Skipped | Broke
