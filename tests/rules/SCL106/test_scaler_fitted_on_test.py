"""SCL106: the two scalers, and what is no trace of one."""

from __future__ import annotations

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.shift import Scaler, ScalerFit
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.scl.scaler_fitted_on_test import ScalerFittedOnTest
from unstuck.testing import synthetic

SPLITS = (Split(id=0, name="train", source="a.csv", rows=1000), Split(id=1, name="test", source="b.csv", rows=200))


def findings(path, **facts):
    event = ScalerFit(**{"split": 1, "splits": (0, 1), "columns": 6, "compared": 7, "deviation": 0.031, **facts})
    views = datasets(synthetic.data_record(path, SPLITS, [event]))
    return [finding for view in views for finding in ScalerFittedOnTest().check(view)]


def test_both_scalers(tmp_path):
    (standard,) = findings(tmp_path, scaler=Scaler.STANDARD)
    assert standard.message == (
        "6 of 7 columns have mean 0 and standard deviation 1 exactly over `train` and `test` together; "
        "in `train` alone their means are off by 0.031 standard deviations"
    )
    assert standard.measured("columns").value == 6
    (ranged,) = findings(tmp_path, scaler=Scaler.RANGE, deviation=0.5)
    assert ranged.message == (
        "6 of 7 columns have the range of a scaler exactly over `train` and `test` together; "
        "50 % of them do not reach it in `train` alone"
    )


def test_no_trace_or_one_column(tmp_path):
    assert findings(tmp_path, scaler=None) == []
    assert findings(tmp_path, scaler=Scaler.STANDARD, columns=1) == []
