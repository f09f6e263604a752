"""SPL106: too small, classes that are absent, too easy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.core.words import share
from unstuck.record.events.data.order import HeldOutPower
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.spl.unrepresentative_validation import UnrepresentativeValidation
from unstuck.testing import synthetic

SPLITS = (Split(id=0, name="train", source="a.csv", rows=1000), Split(id=1, name="val", source="b.csv", rows=200))


def findings(path, splits=SPLITS, **facts):
    event = HeldOutPower(**{"split": 1, "looked_at": 400, "interval": 0.049, **facts})
    views = datasets(synthetic.data_record(path, splits, [event]))
    return [finding for view in views for finding in UnrepresentativeValidation().check(view)]


@pytest.mark.parametrize(
    ("rows", "interval", "severity"), [(20, 0.219, Severity.WARNING), (60, 0.127, Severity.INFO)], ids=["20", "60"]
)
def test_too_small(tmp_path, rows, interval, severity):
    (finding,) = findings(tmp_path, looked_at=rows, interval=interval)
    assert finding.severity is severity
    assert finding.message == (
        f"`val` has {rows} examples: an accuracy is known to ± {share(interval)} only "
        "(95 % interval)"
    )


@pytest.mark.parametrize(
    ("in_all", "half"), [(None, 0.179), (30, 0.179), (60, 0.1265), (150, None)], ids=["one", "search", "two", "five"]
)
def test_folds_count_together(tmp_path, in_all, half):
    found = findings(tmp_path, looked_at=30, interval=0.179, in_all=in_all)
    assert [one.measured("interval").value for one in found] == ([] if half is None else [pytest.approx(half, abs=1e-3)])


def test_where_a_part_was_seen_all_of_it_counts(tmp_path):
    part = (SPLITS[0], replace(SPLITS[1], rows=500, looked_at=60))
    assert findings(tmp_path / "part", splits=part, looked_at=60, interval=0.127) == []
    (finding,) = findings(tmp_path / "labels", splits=part, looked_at=6, interval=0.4)  # one in ten has a label
    assert finding.measured("rows").value == 50


def test_absent_classes(tmp_path):
    (finding,) = findings(tmp_path, absent=("a", "b"), expected=12.0)
    assert finding.message == (
        "`val` lacks 2 classes of the training data (`a`, `b`): about 12 examples of `a` would be expected"
    )
    assert finding.place.label == "a"


def test_too_easy(tmp_path):
    (finding,) = findings(tmp_path, accuracy=0.98, own_accuracy=0.8, z=7.0)
    assert finding.message == (
        "`val` is easier than the training data: the nearest training example has the right label for 98 % of its "
        "examples, and for 80 % of the training examples"
    )
    assert finding.measured("accuracy_gain").value == pytest.approx(0.18)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"absent": ("a",), "expected": 1.0},
        {"accuracy": 0.83, "own_accuracy": 0.8, "z": 9.0},
        {"accuracy": 0.9, "own_accuracy": 0.8, "z": 2.0},
    ],
    ids=["large", "rare class", "little easier", "by chance"],
)
def test_ordinary_held_out_data_is_not_reported(tmp_path, facts):
    assert findings(tmp_path, **facts) == []
