"""DAT101 on counts of classes: majority, long tails, few classes, other splits."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.record.events.data.labels import ClassBalance
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.class_imbalance import ClassImbalance
from unstuck.show.example_words import how_many
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def findings(path, counts, split=0):
    names = tuple("abcdefghij"[: len(counts)])
    event = ClassBalance(split=split, classes=names, counts=counts, number=len(counts), labelled=sum(counts),
                         rarest=names[-1], rarest_count=counts[-1])
    splits = [TRAIN, Split(id=1, name="test", rows=200, target="label")]
    return [one for view in datasets(synthetic.data_record(path, splits, [event])) for one in ClassImbalance().check(view)]


def test_the_score_of_a_constant_answer(tmp_path):
    (finding,) = findings(tmp_path, (900, 100))
    assert finding.message == (
        "class a has 90 % of the 1000 examples, 9 times as many as class b (100): always predicting a has an accuracy of "
        "90 %, and a balanced accuracy of 50 %"
    )
    assert finding.measured("majority_share").value == 0.9
    assert finding.measured("imbalance_ratio").value == 9.0
    assert (finding.place.column, finding.place.label, finding.examples.count) == ("label", "b", 100)


@pytest.mark.parametrize(
    ("counts", "severity"),
    [((780, 220), Severity.INFO), ((760, 240), Severity.INFO), ((895, 105), Severity.INFO), ((900, 100), Severity.WARNING),
     ((500, 300, 40), Severity.WARNING), ((990, 10), Severity.WARNING), ((997, 3), Severity.WARNING)],
    ids=["78 %", "adult", "8.5 times", "9 times", "a rare class", "99 %", "three examples"],
)  # fmt: skip
def test_fires(tmp_path, counts, severity):
    assert [finding.severity for finding in findings(tmp_path, counts)] == [severity]


@pytest.mark.parametrize(
    "counts", [(500, 500), (740, 260), (400, 300, 50), (300, 300, 300, 3), (1000,)],
    ids=["even", "below three times", "eight times", "too few to be judged here", "one class"],
)
def test_silent(tmp_path, counts):
    assert findings(tmp_path, counts) == []


def test_held_out_splits_are_not_reported_again(tmp_path):
    assert findings(tmp_path, (900, 100), split=1) == []


def test_one_example_is_said_in_the_singular(tmp_path):
    (finding,) = findings(tmp_path, (990, 1))
    assert how_many(finding, finding.examples) == "1 example of the rarest class (0.1 %)"
