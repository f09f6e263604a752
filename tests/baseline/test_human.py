from __future__ import annotations

import numpy as np
import pytest

import unstuck
from unstuck.core.errors import UsageError
from unstuck.record.events.data.baselines import NumberToBeat

X = np.random.default_rng(0).normal(size=(40, 2))
Y = np.arange(40) % 2


def number(tmp_path, text):
    table = tmp_path / "labels.csv"
    table.write_text(text, encoding="utf-8")
    run = unstuck.baseline(X, Y, dir=tmp_path / "records", folds=2, seconds=1e-9, annotations=table)
    return next(event for part in run.record.parts for event in part.of(NumberToBeat))


def test_the_human_error_is_counted(tmp_path):
    found = number(tmp_path, "row,label,name\n0,0,a\n1,0,b\n3,1,c\n4,0,d\n5,,e\n900,1,f\n")
    assert found.human_error == pytest.approx(1 / 4)
    assert found.human_source == "4 examples labelled in labels.csv, 95 % interval 4.6 % to 70 %"


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "need the columns"), ("a,b\n1,2\n", "need the columns"), ("row,label\nx,1\n", "whole numbers in `row`"),
     ("row,label\n900,1\n", "None of the 1 annotated rows")],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        number(tmp_path, text)
