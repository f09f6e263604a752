"""What an audit says in the terminal: what was read, findings by rule, notes one line each."""

from __future__ import annotations

import pytest
from data_runs import diagnosis_of, finding, image_record, rows, table_record

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Task
from unstuck.core.finding import Severity
from unstuck.core.subject import Subject
from unstuck.record.events.data.splits import Split
from unstuck.show.folding import causes
from unstuck.show.grouping import also, groups
from unstuck.show.split_words import split_in_words
from unstuck.show.terminal import render
from unstuck.testing import synthetic


def text_of(record, *findings):
    return render(diagnosis_of(record, *findings), record, width=110, colour=False).splitlines()


def together(record, *findings):
    return groups(causes(diagnosis_of(record, *findings).findings))


@pytest.fixture
def record(tmp_path):
    return table_record(tmp_path)


def test_what_was_read_names_rows_columns_types_target_and_classes(record):
    train, test = (split_in_words(view) for view in datasets(record))
    assert train == (
        "train.csv: 768 rows, 2 columns (1 number, 1 category; given: `city` category), "
        "target `y`: binary (inferred), classes: no (75 %), yes (25 %)"
    )
    assert test.startswith("test.csv: 192 rows")


def test_what_was_read_names_the_form_and_says_when_not_all_was_looked_at(tmp_path):
    (view,) = datasets(image_record(tmp_path))
    assert split_in_words(view) == "100 images of 8 × 8 × 1, target `digit`: binary (inferred), 2 classes"
    sampled = Split(id=0, rows=900, looked_at=300, task=Task.NONE)
    (view,) = datasets(synthetic.data_record(tmp_path, [sampled], []))
    assert split_in_words(view) == "900 rows (300 of them looked at one by one), no target"


def test_many_classes_are_counted_and_the_least_frequent_is_named(tmp_path):
    record = table_record(tmp_path)
    view = datasets(record)[0]
    names = tuple(f"c{at}" for at in range(8))
    column = next(one for one in view.columns if one.name == "y")
    values = tuple((name, 100 - 10 * at) for at, name in enumerate(names))
    many = synthetic.data_record(
        tmp_path,
        [Split(id=0, rows=520, target="y", targets=("y",), task=Task.MULTI_CLASS, classes=names)],
        [type(column)(split=0, name="y", type=column.type, count=520, distinct=8, values=values)],
    )
    assert split_in_words(datasets(many)[0]).endswith("8 classes: c0 (19 %), c1 (17 %), c2 (15 %) … c7 (5.8 %)")


def test_findings_of_one_rule_are_one_entry_and_the_worst_is_named(record):
    lines = text_of(record, finding(column="fare"), finding(column="age"), finding(column="tax", split=("test", 1)))
    assert sum("skewed-feature" in line for line in lines) == 1
    assert "warning[SCL103] skewed-feature: column `fare` is skewed: 3" in lines
    assert "   = also: `age` (train), `tax` (test)" in lines


def test_columns_without_a_finding_of_their_own_are_counted(record):
    (group,) = together(record, *(finding(column=f"c{at}", columns=40) for at in range(20)))
    assert group.total == 40
    assert also(group) == ", ".join(f"`c{at}`" for at in range(1, 9)) + " and 31 more"


def test_severities_and_findings_of_a_program_stay_apart(record):
    assert len(together(record, finding(), finding(column="b", severity=Severity.INFO))) == 2
    of_a_run = [finding(column=name) for name in "ab"]
    alone = [type(one)(**{**fields_of(one), "subject": Subject()}) for one in of_a_run]
    assert len(together(record, *alone)) == 2


def fields_of(one):
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}


def test_notes_are_one_line_each_with_their_first_rows(record):
    note = finding(severity=Severity.INFO, examples=rows(7, 3, count=12))
    lines = text_of(record, note, finding(column="fare", severity=Severity.INFO))
    assert "info[SCL103] skewed-feature: column `age` is skewed: 3 (12 rows (1 %): 7, 3, …; also `fare`)" in lines
    assert "1 note: unstuck explain SCL103 says what to do" not in lines
    assert any(line.startswith("1 note: unstuck explain CODE") for line in lines)


def test_examples_are_named_by_their_files_where_these_are_known(record):
    lines = text_of(record, finding(examples=rows(7, 3, names=("cat/7.jpg", ""))))
    assert "   = examples: 2 rows (1 %): cat/7.jpg, 3" in lines


def test_how_it_was_read_is_said_once_for_all_splits(tmp_path):
    splits = [
        Split(id=0, rows=9, notes=("no header row", "2 broken lines left out")),
        Split(id=1, name="test", rows=9, notes=("no header row",)),
    ]
    lines = text_of(synthetic.data_record(tmp_path, splits, []))
    assert lines[1:5] == [
        "train  9 rows, no target", "test   9 rows, no target", "       no header row",
        "       train: 2 broken lines left out",
    ]  # fmt: skip


def test_rows_without_a_label_are_counted_in_the_header(tmp_path):
    file = tmp_path / "sales.csv"
    rows = [f"{at % 7},{at % 5},{['yes', 'no'][at % 2] if at not in (11, 12) else ''}" for at in range(60)]
    file.write_text("a,b,bought\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (view,) = datasets(unstuck.audit(file, target="bought", dir=tmp_path / "out").record)
    assert split_in_words(view).endswith("classes: no (50 %), yes (50 %), 2 rows without a label")
