from __future__ import annotations

import dataclasses

from show_runs import FLAT

from unstuck.core.diagnosis import Ranked
from unstuck.core.subject import Subject
from unstuck.show.folding import causes


def ranked(rank, code, explained_by=None, training=0):
    finding = dataclasses.replace(FLAT, code=code, subject=Subject(number=training))
    return Ranked(rank=rank, finding=finding, explained_by=explained_by)


def folded(*findings):
    return [
        (cause.ranked.rank, [other.rank for other in cause.consequences]) for cause in causes(findings)
    ]


def test_consequences_of_consequences_lie_under_the_first_cause():
    findings = ranked(3, "CCC101", "BBB101"), ranked(1, "AAA101"), ranked(2, "BBB101", "AAA101")
    assert folded(*findings) == [(1, [2, 3])]


def test_a_consequence_whose_cause_is_not_there_stands_for_itself():
    assert folded(ranked(1, "AAA101", "ZZZ101")) == [(1, [])]


def test_a_consequence_goes_to_the_cause_in_its_own_training():
    findings = ranked(1, "AAA101"), ranked(2, "AAA101", training=1), ranked(3, "BBB101", "AAA101", training=1)
    assert folded(*findings) == [(1, []), (2, [3])]


def test_a_circle_loses_no_finding():
    shown = folded(ranked(1, "AAA101", "BBB101"), ranked(2, "BBB101", "AAA101"))
    assert sorted(rank for cause, others in shown for rank in [cause, *others]) == [1, 2]
