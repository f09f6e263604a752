"""What a rule says of a training and of its data."""

from __future__ import annotations

import pytest

from unstuck.core.finding import Confidence, Examples, Finding, Severity
from unstuck.core.outcome import Fired, Passed
from unstuck.core.subject import Subject, SubjectKind
from unstuck.rules.said_once import said_once

ROWS = Examples(of="labels", count=2, share=0.1, indices=(3, 4))
DATA, HELD_OUT = Subject(SubjectKind.DATASET, 0, "training data"), Subject(SubjectKind.DATASET, 1, "X_test")


def finding(subject=Subject(), severity=Severity.ERROR, examples=None):
    return Finding(
        code="DAT114", name="bad-label-encoding", severity=severity, confidence=Confidence.MEASURED, message="1",
        subject=subject, examples=examples,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param([finding(), finding(DATA)], [0], id="the training knows the loss"),
        pytest.param([finding(), finding(DATA, examples=ROWS)], [1], id="the data knows rows"),
        pytest.param([finding(), finding(DATA, Severity.INFO, ROWS)], [0], id="rows of a note"),
        pytest.param([finding(examples=ROWS), finding(DATA, examples=ROWS)], [0], id="both know rows"),
        pytest.param([finding(), finding(HELD_OUT)], [0, 1], id="held-out data is something else"),
        pytest.param([finding(DATA), finding(DATA, examples=ROWS)], [0, 1], id="nothing on the training"),
    ],
)
def test_says_the_same_once(given, kept):
    assert said_once(Fired("DAT114", tuple(given))).findings == tuple(given[at] for at in kept)


def test_other_outcomes_stay():
    assert said_once(Passed("DAT114")) == Passed("DAT114")
