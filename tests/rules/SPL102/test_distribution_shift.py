"""SPL102 on columns, the target and the classifier of splits."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.augmentation import Augmentation
from unstuck.record.events.data.shift import ColumnShift, DomainShift, Mismatch, Preparation
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.spl.distribution_shift import DistributionShift
from unstuck.testing import synthetic

SPLITS = (Split(id=0, name="train", source="a.csv", rows=1000), Split(id=1, name="test", source="b.csv", rows=200))


def moved(**facts):
    return ColumnShift(**{"split": 1, "column": "age", "columns": 9, "p_value": 1e-6, "distance": 0.2, "shift": 0.5,
                          "mean": 45.0, "other_mean": 40.0, "association": 0.12, **facts})  # fmt: skip


def findings(path, *events):
    views = datasets(synthetic.data_record(path, SPLITS, events))
    return [finding for view in views for finding in DistributionShift().check(view)]


def test_a_column_with_its_size_and_what_it_means_for_the_label(tmp_path):
    (finding,) = findings(tmp_path, moved(), DomainShift(split=1, auc=0.64, z=8.0, looked_at=200))
    assert finding.message == (
        "column `age` differs in `test`: mean 45, 40 in `train` (a difference of 0.5 standard deviations); "
        "label and column share 12 % of their variance"
    )
    assert finding.place.column == "age"
    assert finding.measured("shift").value == 0.5
    assert finding.measured("columns").value == 1
    assert finding.measured("domain_auc").value == 0.64


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            moved(shift=None, category="red", share=0.4, other_share=0.1, association=None),
            "column `age` differs in `test`: `red` is 40 % of the examples, 10 % in `train`",
        ),
        (
            moved(missing=0.3, distance=0.0, association=None),
            "column `age` differs in `test`: 30 % of its values are missing, 0 % in `train`",
        ),
        (
            moved(column="y", target=True, shift=None, category="sick", share=0.4, other_share=0.1, association=None),
            "the target `y` differs in `test`: `sick` is 40 % of the examples, 10 % in `train`",
        ),
        (
            moved(column="month", shift=None, mean=2.0, other_mean=1.0, association=None),
            "column `month` differs in `test`: mean 2, 1 in every row of `train`",
        ),
    ],
    ids=["category", "missing", "target", "constant in training"],
)
def test_the_message_says_what_differs(tmp_path, event, message):
    (finding,) = findings(tmp_path, event)
    assert finding.message == message


def test_most_different_columns_first_and_twenty_at_most(tmp_path):
    found = findings(tmp_path, *(moved(column=f"x{at}") for at in range(30)))
    assert [finding.place.column for finding in found] == [f"x{at}" for at in range(20)]
    assert found[0].measured("columns").value == 30


@pytest.mark.parametrize(
    "event", [moved(p_value=0.01), moved(distance=0.05), moved(missing=0.03, distance=0.0)], ids=["p", "small", "missing"]
)
def test_what_is_not_real_or_not_large_is_not_reported(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_a_classifier_alone(tmp_path):
    event = DomainShift(split=1, auc=0.71, z=9.0, looked_at=200, rows=(5, 6))
    (finding,) = findings(tmp_path, moved(p_value=0.5), event)
    assert "a classifier recognises examples of `test` with an AUC of 0.71" in finding.message
    assert finding.examples.indices == (5, 6)
    assert findings(tmp_path, moved(p_value=0.5), DomainShift(split=1, auc=0.55, z=9.0, looked_at=200)) == []
    assert findings(tmp_path, moved(p_value=0.5), DomainShift(split=1, auc=0.7, z=3.0, looked_at=30)) == []


def test_columns_that_were_prepared_differently_are_left_to_scl104(tmp_path):
    unit = Preparation(split=1, what=Mismatch.UNIT, column="age", scale_factor=10.0)
    (finding,) = findings(tmp_path, moved(), moved(column="height"), unit)
    assert finding.place.column == "height"
    assert findings(tmp_path, moved(), Preparation(split=1, what=Mismatch.RAW)) == []
    assert findings(tmp_path, moved(column="y", target=True), Preparation(split=1, what=Mismatch.RAW))


def test_inputs_that_random_transforms_change_are_not_compared(tmp_path):
    events = moved(), DomainShift(split=1, auc=0.9, z=20.0, looked_at=200)
    target = moved(column="class", target=True, category="cat", share=0.4, other_share=0.1)
    found = findings(tmp_path, *events, target, Augmentation(split=0, looked_at=32, differing=30))
    assert [finding.place.column for finding in found] == ["class"]
    still = findings(tmp_path, *events, target, Augmentation(split=0, looked_at=32, differing=0))
    assert {finding.place.column for finding in still} == {"class", "age"}
