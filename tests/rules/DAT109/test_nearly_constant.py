"""DAT109: columns of which (nearly) all values are one."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.constant_feature import ConstantFeature
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=10_000, target="label")


def column(count, others, name="kind", **facts):
    return ColumnProfile(**{"split": 0, "name": name, "count": count, "distinct": 2, "type": "category",
                            "most_common": "A", "most_common_count": count - others, **facts})  # fmt: skip


def messages(path, *columns):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], columns))
    return [finding.message for finding in ConstantFeature().check(view)]


def test_one_row_of_a_small_table_and_one_in_a_thousand_of_a_large_one(tmp_path):
    assert messages(tmp_path, column(200, 1), column(10_000, 10, name="site")) == [
        "column `kind` is nearly constant: 1 value of 200 differs from A",
        "column `site` is nearly constant: 10 values of 10000 differ from A",
    ]


@pytest.mark.parametrize(
    "ordinary", [column(200, 2), column(10_000, 11), column(50, 1), column(200, 1, type="text")],
    ids=["two rows", "eleven in ten thousand", "few rows", "text"],
)  # fmt: skip
def test_rare_values_are_ordinary(tmp_path, ordinary):
    assert messages(tmp_path, ordinary) == []


def test_constant_columns_stand_before_nearly_constant_ones_and_at_most_twenty_are_listed(tmp_path):
    near = [column(200, 1, name=f"n{at}") for at in range(15)]
    same = [column(200, 0, name=f"c{at}", distinct=1) for at in range(10)]
    found = messages(tmp_path, *near, *same)
    assert len(found) == 20
    assert all("nearly" not in message for message in found[:10])
