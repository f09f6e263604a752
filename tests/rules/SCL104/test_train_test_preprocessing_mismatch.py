"""SCL104: what each way of preparing differently is called."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.record.events.data.shift import Mismatch, Preparation
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.scl.train_test_preprocessing_mismatch import TrainTestPreprocessingMismatch
from unstuck.testing import synthetic

SPLITS = (Split(id=0, name="train", source="a.csv", rows=1000), Split(id=1, name="test", source="b.csv", rows=200))


def findings(path, *events):
    views = datasets(synthetic.data_record(path, SPLITS, events))
    return [finding for view in views for finding in TrainTestPreprocessingMismatch().check(view)]


TABLE = {"concerned": 5, "compared": 6, "columns": ("a", "b", "c", "d", "e"), "scale_factor": 0.25, "offset": 2.0}


@pytest.mark.parametrize(
    ("facts", "begins"),
    [
        ({"what": Mismatch.UNIT, "column": "age", "scale_factor": 1000.0},
         "column `age` of `test` is × 1000 what it is in `train`"),
        ({"what": Mismatch.UNIT, "column": "age", "scale_factor": 0.01},
         "column `age` of `test` is ÷ 100 what it is in `train`"),
        ({"what": Mismatch.INVERTED, "column": "age", "scale_factor": -1.0, "offset": 2.0},
         "column `age` of `test` is inverted compared with `train` (its median is off by 2 standard deviations)"),
        ({"what": Mismatch.WHOLE, "column": "age", "scale_factor": 1.0, "offset": 9.0},
         "column `age` of `test` has × 1 the spread of `train` and an offset of 9 standard deviations"),
        ({"what": Mismatch.OWN, **TABLE},
         "5 of 6 columns have mean 0 and standard deviation 1 exactly in `test` and in `train`"),
        ({"what": Mismatch.RAW, **TABLE}, "5 of 6 columns are standardised in `train` and not in `test`"),
        ({"what": Mismatch.STANDARDISED, **TABLE}, "5 of 6 columns are standardised in `test` and not in `train`"),
        ({"what": Mismatch.WHOLE, **TABLE}, "5 of 6 columns have another scale or offset in `test` than in `train`"),
        ({"what": Mismatch.WHOLE, "scale_factor": 1 / 255, "offset": -2.0},
         "the pixels of `test` have another range: ÷ 255 the spread of `train`"),
        ({"what": Mismatch.INVERTED, "scale_factor": -1.0}, "the images of `test` are inverted"),
        ({"what": Mismatch.COLOURS, "order": "210"},
         "the colour channels of `test` are in another order: the channels of `train` are its channels 2, 1, 0"),
    ],
    ids=["unit", "unit below", "inverted", "offset", "own", "raw", "standardised", "whole", "pixels", "negative", "bgr"],
)  # fmt: skip
def test_the_message_says_how(tmp_path, facts, begins):
    (finding,) = findings(tmp_path, Preparation(split=1, **facts))
    assert finding.message.startswith(begins)
    assert (finding.place.split, finding.place.column) == ("test", facts.get("column"))
    measured = finding.measured("scale_factor")
    assert (None if measured is None else measured.value) == facts.get("scale_factor")


def test_nothing_or_a_small_factor_is_not_reported(tmp_path):
    small = Preparation(split=1, what=Mismatch.UNIT, column="age", scale_factor=1.2)
    assert findings(tmp_path, Preparation(split=1), small) == []


def test_each_column_has_a_finding_and_all_say_how_many_there_are(tmp_path):
    events = (Preparation(split=1, what=Mismatch.UNIT, column=f"x{at}", scale_factor=10.0, concerned=1)
              for at in range(25))  # fmt: skip
    found = findings(tmp_path, *events)
    assert len(found) == 20
    assert {finding.measured("columns").value for finding in found} == {25}
