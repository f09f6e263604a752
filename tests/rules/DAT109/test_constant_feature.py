"""DAT109 on profiles of columns: constant, nearly constant, ordinary, and what is no feature."""

from __future__ import annotations

import math

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.core.outcome import Passed, Skipped
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.constant_feature import ConstantFeature
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def column(name="age", **facts):
    return ColumnProfile(**{"split": 0, "name": name, "count": 1000, "distinct": 50, "mean": 40.0, "std": 9.0,
                            "min": 18.0, "max": 90.0, **facts})  # fmt: skip


def findings(path, *columns, splits=(TRAIN,)):
    views = datasets(synthetic.data_record(path, splits, columns))
    return [finding for view in views for finding in ConstantFeature().check(view)]


CONSTANT = column(distinct=1, std=0.0, mean=2.0, min=2.0, max=2.0, most_common="2", most_common_count=1000)
ROUNDING = column(distinct=3, mean=1e6, std=1e-3, min=1e6, max=1e6)
TEXT = column(type="category", distinct=1, mean=None, std=None, min=None, max=None, most_common="EU")


@pytest.mark.parametrize("sick", [CONSTANT, ROUNDING, TEXT], ids=["constant", "rounding errors only", "one category"])
def test_a_constant_column_is_reported_with_its_place(tmp_path, sick):
    (finding,) = findings(tmp_path, column("height"), sick)
    assert (finding.severity, finding.place.column, finding.place.split) == (Severity.INFO, "age", "train")
    assert (finding.place.file, finding.subject.title) == ("train.csv", "dataset train")
    assert finding.message.startswith("column `age` is constant")
    assert finding.measured("rows").value == 1000.0
    assert finding.measured("relative_spread").value <= finding.measured("relative_spread").threshold


@pytest.mark.parametrize(
    ("sick", "message"),
    [
        (CONSTANT, "column `age` is constant: all 1000 values are 2"),
        (TEXT, "column `age` is constant: all 1000 values are EU"),
        (ROUNDING, "column `age` is constant up to rounding errors: standard deviation 0.001 at a mean of 1,000,000 (1000 values)"),
    ],
    ids=["number", "category", "rounding errors"],
)  # fmt: skip
def test_the_message_says_the_value(tmp_path, sick, message):
    assert findings(tmp_path, sick)[0].message == message


@pytest.mark.parametrize(
    "ordinary",
    [
        column(),
        column(std=0.01, mean=100.0, min=99.9, max=100.1),
        column(type="category", distinct=2, mean=None, std=None, min=None, max=None),
        column(count=0, missing=1000, distinct=0, mean=None, std=None, min=None, max=None),
        column(std=math.nan, mean=math.nan),
    ],
    ids=["numbers", "small but real spread", "two categories", "all missing", "spread unknown"],
)
def test_an_ordinary_column_is_not(tmp_path, ordinary):
    assert findings(tmp_path, ordinary) == []


def test_the_target_is_no_feature(tmp_path):
    assert findings(tmp_path, column("label", distinct=1, std=0.0)) == []


def test_each_split_is_judged_for_itself(tmp_path):
    splits = (TRAIN, Split(id=1, name="test", source="test.csv", rows=100))
    (finding,) = findings(tmp_path, column(), column(split=1, distinct=1, std=0.0), splits=splits)
    assert (finding.subject.name, finding.place.file) == ("test", "test.csv")


def test_without_profiles_it_is_skipped_and_with_them_it_passes(tmp_path):
    assert run_rule(ConstantFeature, datasets(synthetic.data_record(tmp_path, [TRAIN], []))) == Skipped(
        "DAT109", ("profiles of the columns",)
    )
    views = datasets(synthetic.data_record(tmp_path, [TRAIN], [column()]))
    assert run_rule(ConstantFeature, views) == Passed("DAT109")
