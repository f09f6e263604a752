"""Of the rows of one group a test sees one."""

from __future__ import annotations

import numpy as np

import unstuck
from unstuck.analysis.data.independent import independent
from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task


def sample(groups):
    rows = np.arange(6)
    return Sample(
        split=0, name="train", form=Form.TABLE, rows=rows, groups=groups,
        columns=(Column(name="age", type=ColumnType.NUMBER, values=rows * 10.0),),
        target=Target(names=("y",), task=Task.BINARY, classes=("a", "b"), codes=rows % 2),
    )  # fmt: skip


def test_one_row_of_each_group_is_kept_with_its_values_and_label():
    groups = np.array(["p", "p", "q", "q", "q", "r"], dtype=object)
    (kept,) = independent(DataSet(samples=(sample(groups),))).samples
    assert sorted(kept.groups) == ["p", "q", "r"]
    assert list(kept.columns[0].values) == [row * 10.0 for row in kept.rows]
    assert list(kept.target.codes) == [row % 2 for row in kept.rows]


def test_without_groups_nothing_changes():
    dataset = DataSet(samples=(sample(None),))
    assert independent(dataset) is dataset


def test_alike_rows_of_few_patients_are_no_drift(tmp_path):
    random = np.random.default_rng(0)
    ages = random.normal(50, 10, 60)

    def rows(patients):
        age = np.repeat(ages[patients], 20)
        lines = [f"{patient},{value:.2f},{random.normal():.4f},{random.integers(2)}"
                 for patient, value in zip(np.repeat(patients, 20), age, strict=True)]  # fmt: skip
        return "\n".join(["patient,age,x,y", *lines]) + "\n"

    order = np.argsort(ages + random.normal(0, 30, 60))  # patients drawn nearly at random
    (tmp_path / "train.csv").write_text(rows(order[:45]), encoding="utf-8")
    (tmp_path / "test.csv").write_text(rows(order[45:]), encoding="utf-8")
    given = {"target": "y", "test": str(tmp_path / "test.csv"), "dir": tmp_path}
    codes = {
        group: {ranked.finding.code for ranked in
                unstuck.audit(str(tmp_path / "train.csv"), group=group, **given).diagnose().findings}
        for group in (None, "patient")
    }  # fmt: skip
    assert "SPL102" in codes[None]
    assert "SPL102" not in codes["patient"]
