"""SPL104 on counts of batches."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Task
from unstuck.core.finding import Severity
from unstuck.record.events.data.batches import BatchMix
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.spl.single_label_batch import SingleLabelBatch
from unstuck.testing import synthetic

SPLIT = Split(id=0, name="training data", rows=4000, target="label", task=Task.BINARY, classes=("0", "1"), training=0)


@pytest.mark.parametrize(
    ("of_one", "expected", "severity"),
    [(800, 1.0, Severity.ERROR), (800, 500.0, None), (390, 0.2, Severity.WARNING), (390, 60.0, None), (90, 0.2, None)],
    ids=["sorted", "rare class", "sorted in part", "rare class in part", "few"],
)
def test_share_of_the_batches_and_chance(of_one, expected, severity, tmp_path):
    mix = BatchMix(split=0, looked_at=1000, size=32.0, of_one_class=of_one, expected=expected)
    found = list(SingleLabelBatch().check(datasets(synthetic.data_record(tmp_path, [SPLIT], [mix]))[0]))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all(f"{of_one} of 1000 training batches" in one.message for one in found)
