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
        # In any order: rows of a patient that follow each other are seen without being told.
        return "\n".join(["patient,age,x,y", *random.permutation(lines)]) + "\n"

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


def filled(copies, others):
    """A table in which one row stands so many times among different ones."""
    values = np.concatenate([np.full(copies, 1.0), np.arange(2.0, others + 2)])
    rows = np.arange(len(values))
    columns = tuple(Column(name=name, type=ColumnType.NUMBER, values=values) for name in ("a", "b"))
    return Sample(split=0, name="train", form=Form.TABLE, rows=rows, columns=columns)


def test_a_row_that_fills_a_file_counts_once():
    (kept,) = independent(DataSet(samples=(filled(80, 100),))).samples
    assert list(kept.columns[0].values) == [float(at) for at in range(1, 102)]
    assert list(kept.rows) == [0, *range(80, 180)]


def test_a_row_that_is_repeated_some_times_stays():
    dataset = DataSet(samples=(filled(8, 100),))
    assert independent(dataset) is dataset


def test_frequent_rows_of_few_categories_stay():
    one = filled(80, 100)
    few = tuple(Column(name=column.name, type=column.type, values=column.values % 4 + 1) for column in one.columns)
    dataset = DataSet(samples=(Sample(split=0, name="train", form=Form.TABLE, rows=one.rows, columns=few),))
    assert independent(dataset) is dataset
