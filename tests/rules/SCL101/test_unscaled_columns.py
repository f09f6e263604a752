"""SCL101 on tables: raw units are a note, wild or forgotten columns a warning."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.scl.unscaled_input import UnscaledInput
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="label")


def column(name, std, mean=0.0, **facts):
    return ColumnProfile(**{"split": 0, "name": name, "count": 1000, "distinct": 500, "mean": mean, "std": std,
                            "min": mean - 3 * std, "max": mean + 3 * std, "most_common_count": 2, **facts})  # fmt: skip


def findings(path, *columns):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], columns))
    return list(UnscaledInput().check(view))


RAW = [column(f"c{at}", 2.0 + at, 10.0) for at in range(4)]


@pytest.mark.parametrize(
    ("columns", "severity", "place", "ratio"),
    [
        ([*RAW, column("wide", 2.0 * 3000)], Severity.INFO, "wide", 3000),
        ([*RAW, column("wild", 2.0 * 2e6)], Severity.WARNING, "wild", 2e6),
        ([*(column(f"z{at}", 1.0) for at in range(4)), column("forgotten", 300.0)], Severity.WARNING, "forgotten", 300),
    ],
    ids=["raw units", "wild", "one of five not standardised"],
)  # fmt: skip
def test_columns_of_very_different_spread(tmp_path, columns, severity, place, ratio):
    (finding,) = findings(tmp_path, *columns)
    assert (finding.severity, finding.place.column) == (severity, place)
    assert finding.measured("scale_ratio").value == pytest.approx(ratio)


def test_a_column_far_from_zero(tmp_path):
    (finding,) = findings(tmp_path, *RAW, column("mass", 2.0, 3000.0))
    assert (finding.severity, finding.place.column) == (Severity.INFO, "mass")
    assert finding.message == "`mass` is 1500 standard deviations away from zero: mean 3000, standard deviation 2"


@pytest.mark.parametrize(
    "other",
    [
        column("wide", 900.0), column("year", 18.0, 1994.0), column("flag", 1e-6, distinct=2),
        column("rare", 1e-6, most_common_count=995), column("label", 1e9), column("name", 1e9, type="category"),
        column("constant", 1e-4, 1e6),
    ],
    ids=["usual", "years", "two values", "nearly constant", "target", "category", "constant up to rounding"],
)
def test_ordinary_tables_are_silent(tmp_path, other):
    assert findings(tmp_path, *RAW, other) == []


def test_one_column_has_nothing_to_be_compared_with(tmp_path):
    assert findings(tmp_path, column("only", 1e9)) == []
