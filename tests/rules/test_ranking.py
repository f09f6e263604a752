from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from unstuck.core.subject import Subject, SubjectKind
from unstuck.core.finding import Confidence, Finding, Place, Severity
from unstuck.rules.ranking import ranked
from unstuck.rules.rule import ANY_CAUSE, Rule


def rule(code, explained_by=()):
    class Some(Rule):
        code: ClassVar[str] = ""
        explained_by: ClassVar[tuple[str, ...]] = ()

    Some.code, Some.explained_by = code, explained_by
    return Some


RULES = {
    "AAA101": rule("AAA101"),
    "BBB101": rule("BBB101", ("AAA101",)),
    "ZZZ101": rule("ZZZ101", (ANY_CAUSE,)),
    "ZZZ102": rule("ZZZ102", (ANY_CAUSE,)),
}


def finding(code, severity=Severity.ERROR, confidence=Confidence.MEASURED, line=1, training=0, **more):
    return Finding(code=code, name="n", severity=severity, confidence=confidence, message="m",
                   place=Place(file="t.py", line=line), subject=Subject(number=training), **more)  # fmt: skip


def codes(findings):
    return [(one.finding.code, one.explained_by) for one in ranked(findings, RULES)]


def test_causes_first_and_consequences_folded_under_them():
    told = codes([finding("ZZZ101"), finding("BBB101"), finding("AAA101", Severity.WARNING)])
    assert told[0] == ("AAA101", None)
    assert ("BBB101", "AAA101") in told
    assert [code for code, _ in told[1:]] == ["BBB101", "ZZZ101"]


def test_a_symptom_is_not_explained_by_a_symptom():
    assert codes([finding("ZZZ101"), finding("ZZZ102")]) == [("ZZZ101", None), ("ZZZ102", None)]


def test_notes_and_refuted_findings_explain_nothing_and_notes_come_last():
    told = codes([finding("AAA101", Severity.INFO), finding("ZZZ101")])
    assert told == [("ZZZ101", None), ("AAA101", None)]
    assert codes([finding("AAA101", confidence=Confidence.REFUTED), finding("ZZZ101")])[-1][1] is None


def test_verified_before_measured_before_suspected():
    told = codes([
        finding("AAA101", confidence=Confidence.SUSPECTED), finding("BBB101", confidence=Confidence.VERIFIED, training=1),
    ])  # fmt: skip
    assert told[0][0] == "BBB101"


def test_another_training_is_no_explanation():
    assert ("ZZZ101", None) in codes([finding("AAA101"), finding("ZZZ101", training=1)])


def test_the_same_in_many_trainings_is_told_once():
    told = ranked([finding("AAA101", training=n) for n in range(3)], RULES)
    assert [one.finding.message for one in told] == ["m (in 3 trainings)"]


def test_a_cause_sampled_in_one_fold_explains_the_symptom_of_all():
    told = codes([finding("AAA101", line=2), *(finding("ZZZ101", training=n) for n in range(3))])
    assert told == [("AAA101", None), ("ZZZ101", "AAA101")]


def test_the_first_steps_of_a_preflight_explain_its_probe_and_the_other_way_round():
    probe = Subject(SubjectKind.PROBE)
    cause, symptom = finding("AAA101"), replace(finding("BBB101"), subject=probe)
    assert codes([symptom, cause]) == [("AAA101", None), ("BBB101", "AAA101")]
    cause, symptom = replace(finding("AAA101"), subject=probe), finding("BBB101")
    assert codes([symptom, cause]) == [("AAA101", None), ("BBB101", "AAA101")]
    assert ("ZZZ101", None) in codes([cause, finding("ZZZ101")])
