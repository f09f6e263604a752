from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import datasets as real

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Task
from unstuck.record.events.data.answers import ColumnAnswer, SequenceAnswer
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.target_in_input import TargetInInput
from unstuck.testing import synthetic

SPLIT = Split(id=0, rows=600, target="y")


def findings(path, *events, task=Task.NONE):
    (view,) = datasets(synthetic.data_record(path, [replace(SPLIT, task=task)], events))
    return list(TargetInInput().check(view))


def answer(**facts):
    return ColumnAnswer(
        **{"split": 0, "column": "risk", "target": "y", "score": 0.99, "majority": 0.5, "next_column": "age",
           "next_score": 0.8, "looked_at": 600, **facts}
    )  # fmt: skip


def test_the_message_names_column_target_and_the_next_column(tmp_path):
    (finding,) = findings(tmp_path, answer())
    assert finding.message == (
        "column `risk` alone reaches an accuracy of 99 %: it holds the target `y` (the next column 80 %)"
    )
    assert {item.key: item.value for item in finding.evidence}["column_accuracy"] == 0.99


@pytest.mark.parametrize(
    "facts",
    [
        {"score": 0.953}, {"score": 0.98, "majority": 0.975}, {"score": 0.98, "next_score": 0.97},
        {"score": 0.99, "least_accuracy": 0.94}, {"score": 0.99, "next_score": 0.962, "looked_at": 200},
        {"score": 0.99, "majority": 0.95, "next_score": 0.94, "looked_at": 188, "least_accuracy": 0.967},
        {"score": 1.0, "majority": 0.96, "next_score": 0.96, "looked_at": 100, "one_to_one": True},
        {"score": 0.941, "is_accuracy": False, "majority": 0.0}, {"score": 0.98, "next_score": 0.978},
    ],
)  # fmt: skip
def test_honest_columns_are_silent(facts, tmp_path):
    assert not findings(tmp_path, answer(**facts))


def test_one_value_for_each_of_two_classes_is_found_beside_columns_that_score_as_high_as_a_constant(tmp_path):
    rare = {"score": 1.0, "majority": 0.977, "next_score": 0.984, "looked_at": 2000}
    assert findings(tmp_path / "exact", answer(**rare, one_to_one=True, least_accuracy=0.9985))
    assert findings(tmp_path / "near", answer(**rare, least_accuracy=0.9985))


@pytest.mark.parametrize(("score", "count"), [(0.98, 0), (0.999, 1)])
def test_one_of_several_labels_may_have_a_word_of_its_own(score, count, tmp_path):
    event = answer(score=score, majority=0.75, next_score=0.75, least_accuracy=score - 0.005, looked_at=2000)
    assert len(findings(tmp_path / "several", event, task=Task.MULTI_LABEL)) == count
    assert len(findings(tmp_path / "one", event, task=Task.BINARY)) == 1


@pytest.mark.parametrize(("lag", "count"), [(0, 1), (-1, 1), (1, 0)])
def test_sequences_that_repeat_their_input(lag, count, tmp_path):
    found = findings(tmp_path, SequenceAnswer(split=0, lag=lag, agreement=0.99, looked_at=10))
    assert len(found) == count


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_real_data_is_silent_and_its_copied_target_is_found(name, tmp_path):
    x, y = getattr(real, f"load_{name}")(return_X_y=True)
    random = np.random.default_rng(0)
    assert "DAT118" not in {r.finding.code for r in unstuck.audit(x, y, dir=tmp_path).diagnose().findings}
    copied = np.column_stack([x, 2.5 * y + 7 + 0.02 * y.std() * random.normal(size=len(y))])
    found = [r.finding for r in unstuck.audit(copied, y, dir=tmp_path).diagnose().findings if r.finding.code == "DAT118"]
    assert [one.place.column for one in found] == [f"x{x.shape[1]}"]
