"""Findings that a comment in the user's source allows: no alarm, and reported as allowed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from unstuck.core.diagnosis import AllowedFinding
from unstuck.core.finding import Finding
from unstuck.core.outcome import Allowed, Fired, Outcome
from unstuck.core.words import count

NO_FAULT = "no fault was found"


def without(allowed: Sequence[AllowedFinding], findings: Sequence[Finding]) -> list[Finding]:
    """The findings that nothing allows."""
    gone = {id(one.finding) for one in allowed}
    return [finding for finding in findings if id(finding) not in gone]


def with_allowed(outcome: Outcome, allowed: Sequence[AllowedFinding]) -> Outcome:
    """What becomes of a rule of which some or all findings are allowed."""
    if not isinstance(outcome, Fired):
        return outcome
    left = without(allowed, outcome.findings)
    return Fired(outcome.code, tuple(left)) if left else Allowed(outcome.code)


def answer_with_allowed(answer: str, allowed: Sequence[AllowedFinding]) -> str:
    """``…; no other fault was found; 1 finding allowed by a comment (LOS101, train.py:18).``."""
    if not allowed:
        return answer
    places = dict.fromkeys(
        f"{one.finding.code}, {PurePath(one.comment.file or '').name}:{one.comment.line}" for one in allowed
    )
    said = answer.removesuffix(".").replace(NO_FAULT, "no other fault was found")
    return f"{said}; {count(len(allowed), 'finding')} allowed by a comment ({'; '.join(places)})."
