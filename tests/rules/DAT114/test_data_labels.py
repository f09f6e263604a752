"""DAT114 on data sets: how labels are written, and what they mean in each split."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.record.events.data.labels import LabelEncoding, LabelIssue, LabelProblem
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.bad_label_encoding import BadLabelEncoding
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")
TEST = Split(id=1, name="test", source="test.csv", rows=200, target="label")


def findings(path, *problems):
    encoding = [LabelEncoding(split=at, dtype="integer", number=3, labels=("0", "1", "2")) for at in (0, 1)]
    views = datasets(synthetic.data_record(path, [TRAIN, TEST], [*encoding, *problems]))
    return [one for view in views for one in BadLabelEncoding().check(view)]


def problem(issue, *labels, split=1, **facts):
    return LabelProblem(split=split, issue=issue, labels=labels, concerned=facts.pop("concerned", 60), **facts)


@pytest.mark.parametrize(
    ("event", "severity", "message"),
    [
        (problem(LabelIssue.VARIANTS, "Yes.", "Yes", "No.", "No", rows=(4,)), Severity.ERROR,
         "60 of 200 labels are other spellings of a class: 'Yes.' stands for 'Yes', 'No.' stands for 'No'"),
        (problem(LabelIssue.NOT_ONE_HOT, "0", "2", split=0), Severity.ERROR,
         "60 of 1000 rows of a one-hot target do not hold exactly one 1: their sums are 0, 2"),
        (problem(LabelIssue.PERMUTED, "0", "1", "1", "0", other=0, agreement=0.1, agreement_after=0.9), Severity.ERROR,
         "classes of test are encoded unlike those of train: 0 is 1, 1 is 0. Neighbours in train agree with 10 % of these "
         "60 labels as they are, and with 90 % after the exchange"),
        (problem(LabelIssue.UNSEEN, "7", other=0, chance=1e-9), Severity.ERROR,
         "60 of 200 labels of test belong to classes that train does not have: class 7"),
        (problem(LabelIssue.UNSEEN, "7", other=0, chance=0.2, concerned=1), Severity.INFO,
         "1 of 200 labels of test belong to classes that train does not have: class 7"),
        (problem(LabelIssue.ABSENT, "1", "2", other=0, chance=1e-9), Severity.WARNING,
         "test has no example of classes 1, 2, of which train has 60"),
        (problem(LabelIssue.GAPS, "3", split=0), Severity.WARNING,
         "class numbers have gaps: class 3 never occurs, and 60 of 1000 labels lie above"),
        (problem(LabelIssue.MARKER, "255", split=0, rows=(1,)), Severity.WARNING,
         "60 of 1000 labels are 255, far from all others: a mark for missing labels"),
        (problem(LabelIssue.NOT_FROM_ZERO, "1", "3", split=0), Severity.INFO,
         "60 class numbers begin at 1 and end at 3: cross-entropy counts from 0"),
        (problem(LabelIssue.FLOATS, "0", "2", split=0), Severity.INFO,
         "the class numbers 0 to 2 are stored as floats (60 labels)"),
    ],
    ids=lambda value: str(getattr(value, "issue", "")),
)
def test_each_problem_in_words(tmp_path, event, severity, message):
    (finding,) = findings(tmp_path, event)
    assert (finding.severity, finding.message) == (severity, message)
    assert finding.measured("concerned").value == event.concerned
    assert finding.remedies


def test_exchanged_classes_say_why_some_are_in_one_split_only(tmp_path):
    exchanged = problem(LabelIssue.PERMUTED, "1", "0", other=0, agreement=0.0, agreement_after=0.9)
    (finding,) = findings(tmp_path, exchanged, problem(LabelIssue.UNSEEN, "3", other=0, chance=1e-9))
    assert "encoded unlike" in finding.message


def test_a_weak_exchange_is_none(tmp_path):
    assert findings(tmp_path, problem(LabelIssue.PERMUTED, "1", "0", other=0, agreement=0.2, agreement_after=0.3)) == []


def blobs(seed=0, n=500):
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, n)
    return random.normal(size=(n, 5)) + 3 * np.eye(3, 5)[y], y


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(lambda y: y + 1, "encoded unlike"), (lambda y: 2 - y, "encoded unlike"),
     (lambda y: np.array(["abc"[one] for one in y]), "encoded unlike"), (lambda y: y, None)],
    ids=["off by one", "reversed", "names", "sound"],
)
def test_an_audit_of_two_splits(tmp_path, wrong, words):
    (x, y), (held_out, z) = blobs(), blobs(1, 200)
    found = unstuck.audit(x, y, test=(held_out, wrong(z)), dir=tmp_path).diagnose().findings
    messages = [ranked.finding.message for ranked in found if ranked.finding.code == "DAT114"]
    assert len(messages) == (words is not None)
    assert words is None or words in messages[0]
