"""DAT111 by the limits of its rules of thumb."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Severity
from unstuck.record.events.data.amounts import ExampleCounts
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.too_few_examples import TooFewExamples
from unstuck.testing import synthetic


def findings(path, split=0, looked_at=None, **counts):
    about = Split(id=split, name="s", source="s.csv", rows=1000, target="y", looked_at=looked_at)
    event = ExampleCounts(**{"split": split, "examples": 1000, "inputs": 5, **counts})
    (view,) = datasets(synthetic.data_record(path, [about], [event]))
    return list(TooFewExamples().check(view))


def classes(*sizes):
    named = tuple((f"k{at}", size) for at, size in enumerate(sizes))
    return {"classes": named, "class_count": len(named), "rows": tuple(range(min(sizes)))}


@pytest.mark.parametrize(("least", "severity"), [(5, Severity.WARNING), (6, Severity.INFO), (9, Severity.INFO)])
def test_a_class_with_few_examples(tmp_path, least, severity):
    (finding,) = findings(tmp_path, **classes(least, 400, 500))
    assert (finding.severity, finding.place.label) == (severity, "k0")
    assert finding.message == f"class `k0` has {least} examples"
    assert finding.measured("examples_per_class").value == least
    assert finding.examples.indices == tuple(range(least))


def test_several_of_them_are_counted(tmp_path):
    (finding,) = findings(tmp_path, **classes(3, 4, 8, 500))
    assert finding.message == "class `k0` has 3 examples; 3 of 4 classes have fewer than 10"


@pytest.mark.parametrize(("inputs", "severity"), [(1001, Severity.WARNING), (1000, Severity.INFO), (201, Severity.INFO)])
def test_many_columns_for_few_rows(tmp_path, inputs, severity):
    (finding,) = findings(tmp_path, inputs=inputs)
    assert finding.severity is severity
    assert finding.measured("rows_per_column").value == pytest.approx(1000 / inputs)


@pytest.mark.parametrize(
    "counts",
    [classes(10, 990), {"inputs": 200}, {"inputs": 0, "examples": 3}, classes(4), {"split": 1, **classes(2, 998)},
     {"looked_at": 100, "examples": 100, **classes(2, 98)}],
    ids=["ten", "five rows for each column", "images", "one class", "a held-out split", "20 in the whole split"],
)  # fmt: skip
def test_enough_examples(tmp_path, counts):
    assert findings(tmp_path, **counts) == []
