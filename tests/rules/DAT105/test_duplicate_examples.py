"""DAT105 on numbers about copies: how many, how far apart, and what is no copy."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import ColumnType
from unstuck.core.finding import Severity
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.copies import Duplicates, Sameness
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.duplicate_examples import DuplicateExamples
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="train.csv", rows=1000)


def exact(**facts):
    return Duplicates(**{"split": 0, "sameness": Sameness.EXACT, "looked_at": 1000, "count": 40, "groups": 30,
                         "by_chance": 0.0, "rows": (5, 9), "other_rows": (1, 2), **facts})  # fmt: skip


def near(**facts):
    return Duplicates(**{"split": 0, "sameness": Sameness.NEAR, "looked_at": 1000, "count": 40, "groups": 40,
                         "own_share": 0.0, "gap": 1.5, "expected": 0.1, "tail": 1e-20, "distance": 0.12,
                         "typical": 3.14159, "rows": (5, 9), "other_rows": (1, 2), **facts})  # fmt: skip


def findings(path, *events):
    (view,) = datasets(synthetic.data_record(path, [TRAIN], events))
    return list(DuplicateExamples().check(view))


def test_exact_copies_with_their_rows(tmp_path):
    (finding,) = findings(tmp_path, exact())
    assert finding.message == "40 of 1000 examples (4 %) repeat an earlier example exactly, label included"
    assert (finding.place.row, finding.examples.indices, finding.examples.count) == (5, (5, 9), 40)
    assert finding.measured("duplicate_share").value == 0.04
    assert finding.measured("groups").value == 30


def test_columns_that_are_not_compared_are_named(tmp_path):
    names = ("id", "code", "age")
    types = (ColumnType.IDENTIFIER, ColumnType.IDENTIFIER, ColumnType.NUMBER)
    profiles = [ColumnProfile(split=0, name=name, type=kind) for name, kind in zip(names, types, strict=True)]
    split = Split(id=0, name="train", source="train.csv", rows=1000, time_column="day", group_column="person")
    (view,) = datasets(synthetic.data_record(tmp_path, [split], [exact(), *profiles]))
    (finding,) = DuplicateExamples().check(view)
    assert finding.message.endswith("exactly, label included; `id`, `code`, `person` and 1 more left out")
    assert "columns.difference(['id', 'code', 'person', 'day'])" in finding.remedies[0].code


def test_near_copies_with_their_distance(tmp_path):
    (finding,) = findings(tmp_path, near())
    assert finding.message == (
        "40 of 1000 examples (4 %) nearly repeat another example: their distance to it is at most 0.12, usually it is 3.14"
    )
    assert finding.measured("gap").value == 1.5


@pytest.mark.parametrize(
    "event",
    [
        exact(count=2, looked_at=50),
        exact(count=4),
        exact(by_chance=30.0),
        near(gap=0.2),
        near(tail=1e-3),
        near(own_share=0.02),
        near(count=4),
        near(gap=None, tail=None),
    ],
    ids=["two", "few of many", "coarse", "no gap", "expected", "coarse, near", "few near", "not known"],
)
def test_what_is_no_copy_is_not_reported(tmp_path, event):
    assert findings(tmp_path, event) == []


@pytest.mark.parametrize(
    ("largest", "by_chance", "severity"),
    [(850, 400.0, Severity.WARNING), (850, 700.0, Severity.INFO), (700, 0.0, Severity.INFO)],
    ids=["one row", "mostly zeros", "not most"],
)
def test_one_example_that_is_most_of_the_split(largest, by_chance, severity, tmp_path):
    event = exact(count=860, groups=4, largest=largest, largest_row=7, largest_by_chance=by_chance)
    (finding,) = findings(tmp_path, event)
    assert finding.severity is severity
    assert ("row 7 stands 850 times in 1000 examples" in finding.message) == (severity is Severity.WARNING)
    assert finding.measured("duplicate_share").value == 0.86
