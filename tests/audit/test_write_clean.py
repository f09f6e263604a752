"""What an audit writes on request: the list of changes, and copies of tables in which nothing else is changed."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import polars
import pytest

from unstuck.analysis.data.sample import Sample, Target
from unstuck.analysis.data.view import datasets
from unstuck.audit.clean_changes import Action, CleanChange, changes_of
from unstuck.audit.clean_copy import write_copy
from unstuck.audit.write_clean import write_clean
from unstuck.core.data_types import Form, Task
from unstuck.core.diagnosis import Diagnosis, Ended, Ranked, Verdict
from unstuck.core.errors import UsageError
from unstuck.core.finding import Confidence, Examples, Finding, Place, Severity
from unstuck.core.subject import Subject, SubjectKind
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.record.events.data.labels import LabelNoise
from unstuck.record.events.data.splits import Split
from unstuck.record.events.data.values import MissingFacts
from unstuck.testing import synthetic

TABLE = 'a,text,y\r\n1,"x, ""y""\nz",no\r\n 2 ,plain,yes\r\n-999,q,no\r\n-999.0,r,yes'


def record_of(path, *events, source="train.csv", rows=4):
    splits = [
        Split(id=at, name=name, source=file, rows=rows, target="y", targets=("y",), task=Task.BINARY)
        for at, (name, file) in enumerate((("train", source), ("test", "test.csv")))
    ]
    columns = [ColumnProfile(split=0, name=name) for name in ("a", "text", "y")]
    return synthetic.data_record(path, splits, columns, events=events)


def diagnosis_of(record, *found):
    findings = [
        Finding(
            code=code, name="", severity=Severity.WARNING, confidence=Confidence.MEASURED, message="why", place=Place(),
            subject=Subject(SubjectKind.DATASET, split, ""),
            examples=Examples(of="rows", count=len(rows), share=0.0, indices=rows),
        )
        for code, split, rows in found
    ]  # fmt: skip
    ranked = tuple(Ranked(rank=at, finding=finding) for at, finding in enumerate(findings, 1))
    return Diagnosis(run=record.name, verdict=Verdict.FAULTY, ended=Ended.FINISHED, answer="", findings=ranked)


def changed(path, changes, *, text=TABLE, source="train.csv", rows=4):
    (path / source).write_bytes(text.encode())
    view = datasets(record_of(path, source=source, rows=rows))[0]
    why = write_copy(view, changes, path / source, path / "copy")
    assert (path / source).read_bytes() == text.encode()
    return why or (path / "copy").read_bytes().decode()


def change(row, action, **fields):
    return CleanChange(split="train", row=row, code="DAT000", action=action, **fields)


def test_exact_copies_are_dropped_and_near_ones_are_for_a_person(tmp_path):
    exact = Duplicates(split=0, sameness=Sameness.EXACT, looked_at=4, count=1, rows=(3,), other_rows=(1,))
    near = Duplicates(split=0, sameness=Sameness.NEAR, looked_at=4, count=1, rows=(2,), other_rows=(0,))
    record = record_of(tmp_path, exact, near)
    found = changes_of(record, diagnosis_of(record, ("DAT105", 0, (3,)), ("DAT105", 0, (2,))))
    assert [(one.row, one.action, one.reason) for one in found] == [
        (2, Action.REVIEW, "near copy of row 0"), (3, Action.DROP, "exact copy of row 1"),
    ]  # fmt: skip


def test_of_what_was_measured_only_what_a_rule_found_is_changed(tmp_path):
    exact = Duplicates(split=0, sameness=Sameness.EXACT, looked_at=4, count=1, rows=(3,), other_rows=(1,))
    record = record_of(tmp_path, exact)
    assert changes_of(record, diagnosis_of(record)) == ()


def test_leaked_examples_are_dropped_from_training(tmp_path):
    shared = SharedExamples(split=1, sameness=Sameness.EXACT, looked_at=4, count=2, rows=(0, 2), other_rows=(3, 1))
    record = record_of(tmp_path, shared)
    found = changes_of(record, diagnosis_of(record, ("SPL101", 1, (0, 2))))
    assert [(one.split, one.row, one.reason) for one in found] == [
        ("train", 1, "exact copy of row 2 of test"), ("train", 3, "exact copy of row 0 of test"),
    ]  # fmt: skip


def test_a_value_that_stands_for_missing_ones_is_made_empty(tmp_path):
    event = MissingFacts(split=0, name="a", sentinel="-999", sentinel_count=2, looked_at=4)
    record = record_of(tmp_path, event)
    diagnosis = diagnosis_of(record, ("DAT107", 0, (2, 3)))
    (ranked,) = diagnosis.findings
    at_column = replace(ranked, finding=replace(ranked.finding, place=Place(column="a")))
    (change,) = changes_of(record, replace(diagnosis, findings=(at_column,)))
    assert (change.row, change.column, change.before, change.action) == (None, "a", "-999", Action.BLANK)
    assert changes_of(record, diagnosis) == ()


def test_suspicious_labels_become_what_is_predicted(tmp_path):
    noise = LabelNoise(
        split=0, looked_at=4, share=0.5, low=0.1, second=0.5, second_low=0.1, count=2, disagreement=0.0, unclear=0.0,
        unclear_together=0.0, rows=(3, 1), listed=2, likely=("no", "yes"),
    )  # fmt: skip
    record = record_of(tmp_path, noise)
    found = changes_of(record, diagnosis_of(record, ("DAT103", 0, (3, 1))))
    assert [(one.row, one.action, one.after) for one in found] == [
        (1, Action.RELABEL, "yes"), (3, Action.RELABEL, "no"),
    ]  # fmt: skip


def test_the_list_has_the_label_of_the_data(tmp_path):
    noise = LabelNoise(
        split=0, looked_at=4, share=0.5, low=0.1, second=0.5, second_low=0.1, count=2, disagreement=0.0, unclear=0.0,
        unclear_together=0.0, rows=(3,), listed=1, likely=("no",),
    )  # fmt: skip
    record = record_of(tmp_path, noise, source="array")
    target = Target(names=("y",), task=Task.BINARY, classes=("no", "yes"), codes=np.array([0, 1, 0, 1]))
    sample = Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(4), target=target)
    write_clean(record, diagnosis_of(record, ("DAT103", 0, (3,))), tmp_path / "clean", lambda: [sample])
    (row,) = csv.DictReader((tmp_path / "clean" / "changes.csv").read_text().splitlines())
    assert (row["from"], row["to"], row["action"]) == ("yes", "no", "relabel")


def test_unreadable_examples_are_dropped_and_dark_ones_are_for_a_person(tmp_path):
    broken = BrokenExamples(split=0, rows=(1, 2), problems=(Problem.UNREADABLE, Problem.DARK), degrees=(0.0, 9.0))
    record = record_of(tmp_path, broken)
    found = changes_of(record, diagnosis_of(record, ("DAT106", 0, (1, 2)), ("DAT104", 0, (1,))))
    assert [(one.row, one.action, one.code) for one in found] == [
        (1, Action.DROP, "DAT106"), (2, Action.REVIEW, "DAT106"),
    ]  # fmt: skip


def test_rows_are_dropped_and_all_others_stay_byte_for_byte(tmp_path):
    assert changed(tmp_path, [change(1, Action.DROP)]) == TABLE.replace(" 2 ,plain,yes\r\n", "")


def test_a_label_is_changed_and_nothing_else_of_its_row(tmp_path):
    relabel = change(0, Action.RELABEL, before="no", after="yes")
    assert changed(tmp_path, [relabel]) == TABLE.replace('z",no', 'z",yes')


def test_a_sentinel_becomes_empty_in_every_row_however_it_is_written(tmp_path):
    blank = change(None, Action.BLANK, column="a", before="-999")
    assert changed(tmp_path, [blank]) == TABLE.replace("-999.0", "").replace("-999", "")


def test_a_table_without_a_header_has_its_columns_by_position(tmp_path):
    text = "1;x;no\n2;y;no\n3;z;no\n4;z;yes\n"
    relabel = change(2, Action.RELABEL, after="yes")
    assert changed(tmp_path, [relabel], text=text) == text.replace("3;z;no", "3;z;yes")


@pytest.mark.parametrize(
    ("text", "source", "said"),
    [
        ("a,text,y\n1,2,3\n", "train.csv", "train.csv has 2 records for 4 rows"),
        ("a b c\n", "train.csv", "no record of train.csv has 3 cells"),
        ("", "train.xlsx", ".xlsx files are not written"),
        ('{"a": 1}\n', "train.jsonl", "train.jsonl has 1 records for 4 rows"),
    ],
)
def test_where_the_file_does_not_fit_there_is_no_copy(tmp_path, text, source, said):
    assert changed(tmp_path, [change(1, Action.DROP)], text=text, source=source) == said
    assert not (tmp_path / "copy").exists()


def test_json_lines_keep_their_types(tmp_path):
    text = '{"a": 1, "y": 0}\n{"a": -999, "y": 1}\n{"a": 3,  "y": 0}\n{"a": 4, "y": 1}\n'
    changes = [change(0, Action.RELABEL, after="1"), change(3, Action.DROP)]
    changes.append(change(None, Action.BLANK, column="a", before="-999"))
    assert changed(tmp_path, changes, text=text, source="train.jsonl").splitlines() == [
        '{"a": 1, "y": 1}', '{"a": null, "y": 1}', '{"a": 3,  "y": 0}',
    ]  # fmt: skip


def test_parquet_keeps_its_types(tmp_path):
    frame = polars.DataFrame({"a": [1.0, -999.0, 3.0, 4.0], "text": list("wxyz"), "y": [0, 1, 0, 1]})
    frame.write_parquet(tmp_path / "train.parquet")
    view = datasets(record_of(tmp_path, source="train.parquet"))[0]
    changes = [change(0, Action.RELABEL, after="1"), change(3, Action.DROP)]
    changes.append(change(None, Action.BLANK, column="a", before="-999"))
    assert write_copy(view, changes, tmp_path / "train.parquet", tmp_path / "copy.parquet") == ""
    copy = polars.read_parquet(tmp_path / "copy.parquet")
    assert copy.schema == frame.schema
    assert copy.rows() == [(1.0, "w", 1), (None, "x", 1), (3.0, "y", 0)]


def test_the_list_has_one_line_a_change_and_a_copy_stands_beside_it(tmp_path):
    (tmp_path / "train.csv").write_text(TABLE)
    exact = Duplicates(split=0, sameness=Sameness.EXACT, looked_at=4, count=1, rows=(3,), other_rows=(1,))
    record = record_of(tmp_path, exact)
    said = write_clean(record, diagnosis_of(record, ("DAT105", 0, (3,))), tmp_path / "clean")
    rows = list(csv.DictReader((tmp_path / "clean" / "changes.csv").read_text().splitlines()))
    assert rows == [{
        "split": "train", "row": "3", "name": "", "code": "DAT105", "action": "drop", "column": "", "from": "",
        "to": "", "reason": "exact copy of row 1",
    }]  # fmt: skip
    assert (tmp_path / "clean" / "train.csv").exists()
    assert said == [
        f"1 change listed in {tmp_path / 'clean' / 'changes.csv'}",
        f"{tmp_path / 'clean' / 'train.csv'}: 1 row dropped",
    ]  # fmt: skip


def test_nothing_is_ever_overwritten(tmp_path):
    record = record_of(tmp_path)
    (tmp_path / "file").touch()
    for name in ("file", "gone/clean"):
        with pytest.raises(UsageError, match=r"never overwrites|does not exist"):
            write_clean(record, diagnosis_of(record), tmp_path / name)
