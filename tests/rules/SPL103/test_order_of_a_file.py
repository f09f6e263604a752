"""SPL103 on a data set: sorted files, and what is no news."""

from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.record.events.data.order import RowOrder
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import diagnose
from unstuck.rules.families.spl.unshuffled_data import UnshuffledData
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="a.csv", rows=400, target="y")
TEST = Split(id=1, name="test", source="b.csv", rows=400, target="y")


def order(**facts):
    return RowOrder(**{"split": 0, "looked_at": 400, "z": 30.0, "excess": 0.9, "alike": 0.95, "by_chance": 0.25,
                       "tail": 0.9, "absent": ("a", "b"), "classes": 4, **facts})  # fmt: skip


def findings(path, event, splits=(TRAIN,)):
    views = datasets(synthetic.data_record(path, splits, [event]))
    return [finding for view in views for finding in UnshuffledData().check(view)]


def test_a_sorted_file(tmp_path):
    (finding,) = findings(tmp_path, order())
    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "95 % of neighbouring rows have equal labels, 25 % would in a random order; "
        "the last fifth lacks 2 of 4 classes (`a`, `b`)"
    )
    assert finding.measured("order_z").value == 30


@pytest.mark.parametrize(
    ("event", "splits"),
    [(order(), (TRAIN, TEST)), (order(absent=(), tail=0.2), (TRAIN,))],
    ids=["already split", "mixed tail"],
)
def test_where_no_split_can_go_wrong_it_is_information(tmp_path, event, splits):
    (finding,) = findings(tmp_path, event, splits)
    assert finding.severity is Severity.INFO


def test_numbers(tmp_path):
    (finding,) = findings(tmp_path, order(alike=None, by_chance=None, absent=()))
    assert finding.message == (
        "neighbouring rows have similar targets (rank correlation 0.9); "
        "the distributions of the last fifth and of the rest differ by 90 %"
    )


@pytest.mark.parametrize(
    "event",
    [order(z=3.0), order(excess=0.05), order(by_time=True), order(by_folder=True)],
    ids=["z", "excess", "time", "a folder for each class"],
)
def test_random_orders_and_orders_in_time_are_not_reported(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_sorted_and_shuffled_rows_through_the_audit(tmp_path):
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 120)
    x = random.normal(size=(360, 5)) + y[:, None]
    shuffled = random.permutation(360)

    def codes(rows):
        found = diagnose(unstuck.audit(x[rows], y[rows], dir=tmp_path).record).findings
        return [(one.finding.severity, one.finding.message) for one in found if one.finding.code == "SPL103"]

    ((severity, message),) = codes(slice(None))
    assert severity is Severity.WARNING
    assert message.endswith("the last fifth lacks 2 of 3 classes (`0`, `1`)")
    assert codes(shuffled) == []
