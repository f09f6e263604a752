"""Causes first, each with its consequences folded under it: order by the ``explained_by`` graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unstuck.core.diagnosis import Ranked
from unstuck.core.finding import Confidence, Finding, Severity
from unstuck.core.subject import SubjectKind
from unstuck.rules.rule import ANY_CAUSE, Rules

FIRST_STEPS_AND_PROBE = {SubjectKind.TRAINING, SubjectKind.PROBE}
"""what a preflight judges: the first steps of a program, and the same program before them"""


def ranked(findings: Sequence[Finding], rules: Rules) -> tuple[Ranked, ...]:
    """The findings in the order of the answer: explained training by training, then told once for all of them."""
    explained: dict[tuple[object, ...], list[tuple[Finding, str | None]]] = {}
    for finding in findings:
        key = (finding.code, finding.severity, finding.place)
        explained.setdefault(key, []).append((finding, _explained_by(finding, findings, rules)))
    told = sorted(
        (merged(same) for same in explained.values()),
        key=lambda one: (one[1] is not None, *order(one[0])),
    )
    return tuple(
        Ranked(rank=number, finding=finding, explained_by=code) for number, (finding, code) in enumerate(told, 1)
    )


def merged(same: Sequence[tuple[Finding, str | None]]) -> tuple[Finding, str | None]:
    """One finding for the same one in many trainings; its cause may have been sampled in one of them only."""
    first, code = next((one for one in same if one[1] is not None), same[0])
    among = len({finding.subject for finding, _ in same})
    return (replace(first, message=f"{first.message} (in {among} {first.subject.kind}s)") if among > 1 else first), code


def order(finding: Finding) -> tuple[object, ...]:
    """Verified before measured before suspected; then the worst, the earliest, the code."""
    alarm = finding.severity is Severity.INFO
    step = finding.first_step if finding.first_step is not None else 0
    return alarm, finding.confidence.weight, finding.severity.weight, finding.training, step, finding.code


def _explained_by(finding: Finding, findings: Sequence[Finding], rules: Rules) -> str | None:
    declared = rules[finding.code].explained_by
    causes = [
        other for other in findings
        if other.code != finding.code
        and other.severity is not Severity.INFO
        and other.confidence is not Confidence.REFUTED
        and _may_explain(other, finding, declared, rules)
    ]
    return min(causes, key=order).code if causes else None


def _may_explain(other: Finding, finding: Finding, declared: Sequence[str], rules: Rules) -> bool:
    """A fault of the same subject; of the first steps beside a probe of them; for a training also one of its data.

    *Any cause* of a training may be in the data that it trained on.
    """
    if other.subject != finding.subject:
        if other.subject.kind is finding.subject.kind is SubjectKind.DATASET:
            return other.subject.number == 0 and other.code in declared  # held-out data is compared with training data
        kinds = {other.subject.kind, finding.subject.kind}
        if kinds == FIRST_STEPS_AND_PROBE:
            return other.code in declared
        if kinds != {SubjectKind.TRAINING, SubjectKind.DATASET}:
            return False
        if other.subject.kind is SubjectKind.DATASET and other.subject.number and other.code not in declared:
            return False  # held-out data has no part in the training
    return other.code in declared or (ANY_CAUSE in declared and _is_cause(other, rules))


def _is_cause(finding: Finding, rules: Rules) -> bool:
    return ANY_CAUSE not in rules[finding.code].explained_by
