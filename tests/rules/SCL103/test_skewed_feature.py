"""SCL103: which columns and targets are reported, and what is said of the transform."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.record.events.data.values import SkewedColumn, Transform
from unstuck.rules.families.scl.skewed_feature import SkewedFeature
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000, target="y")


def column(name="gain", skewness=3.0, transform=Transform.LOG, after=0.1, **facts):
    return SkewedColumn(split=0, name=name, skewness=skewness, transform=transform,
                        skewness_after=after, looked_at=1000, **facts)  # fmt: skip


def findings(path, *events):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], events))
    return list(SkewedFeature().check(view))


@pytest.mark.parametrize(("values", "said"), [(1000, ""), (1200, " (1000 values drawn at random)")])
def test_it_is_said_that_not_all_values_were_looked_at(tmp_path, values, said):
    (finding,) = findings(tmp_path, column(), ColumnProfile(split=0, name="gain", count=values))
    assert finding.message == f"column `gain` has a skewness of 3; a logarithm brings it to 0.1{said}"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (column(), "column `gain` has a skewness of 3; a logarithm brings it to 0.1"),
        (column(skewness=-1.5, transform=Transform.SQUARE), "column `gain` has a skewness of −1.5; a square brings it to 0.1"),
        (column(name="y", skewness=0.8, target=True), "target `y` has a skewness of 0.8; a logarithm brings it to 0.1"),
        (
            column(transform=Transform.BINS, spike_share=0.92),
            "column `gain` has a skewness of 3; 92 % of its values are equal, and bins for the others make it even",
        ),
        (column(transform=None, after=None), "column `gain` has a skewness of 3"),
    ],
    ids=["log", "square", "target", "bins", "no transform looked for"],
)  # fmt: skip
def test_the_message_names_skewness_and_transform(tmp_path, event, message):
    (finding,) = findings(tmp_path, event)
    assert finding.message == message
    assert finding.measured("skewness").value == event.skewness
    assert (finding.measured("skewness_after") is None) == (event.transform is None)
    assert bool(finding.remedies) == (event.transform is not None)


@pytest.mark.parametrize("transform", Transform)
def test_every_transform_has_code(tmp_path, transform):
    (finding,) = findings(tmp_path, column(transform=transform))
    compile(finding.remedies[0].code, "remedy", "exec")
    assert 'frame["gain"]' in finding.remedies[0].code


def test_moderate_skew_of_a_feature_is_none(tmp_path):
    assert findings(tmp_path, column(skewness=0.9), column(name="y", skewness=0.7, target=True)) == []


def test_the_worst_twenty_are_listed_and_all_are_counted(tmp_path):
    found = findings(tmp_path, *(column(f"c{at}", 1.0 + at) for at in range(25)), column("y", 0.9, target=True))
    assert [one.place.column for one in found] == ["y", *(f"c{at}" for at in range(24, 5, -1))]
    assert {one.measured("columns").value for one in found} == {26}
