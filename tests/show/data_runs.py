"""Records of data sets for the tests of answers about data."""

from __future__ import annotations

import base64

import numpy as np

from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.diagnosis import Diagnosis, Ended, Ranked, Verdict
from unstuck.core.finding import Confidence, Evidence, Examples, Finding, Place, Severity
from unstuck.core.subject import Subject, SubjectKind
from unstuck.figures.kept_examples import png
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample, Why
from unstuck.record.events.data.splits import Split
from unstuck.testing import synthetic


def table_record(path, *, events=(), rows=768):
    """Two splits of a table with a number, a category and a target of two classes."""
    splits = [
        Split(id=at, name=name, source=f"{name}.csv", rows=size, target="y", targets=("y",), task=Task.BINARY,
              classes=("no", "yes"))
        for at, (name, size) in enumerate((("train", rows), ("test", rows // 4)))
    ]  # fmt: skip
    columns = [column for split in splits for column in _columns(split.id, split.rows)]
    return synthetic.data_record(path, splits, columns, events=events)


def _columns(split, rows):
    missing = rows // 8
    return [
        ColumnProfile(split=split, name="age", count=rows - missing, missing=missing, distinct=50, mean=33.0, std=11.0,
                      min=20.0, max=80.0, histogram=(4, 9, 5, 1)),
        ColumnProfile(split=split, name="city", type=ColumnType.CATEGORY, type_given=True, count=rows, distinct=9,
                      values=(("Ulm", rows // 2), ("Bonn", rows // 4))),
        ColumnProfile(split=split, name="y", type=ColumnType.CATEGORY, count=rows, distinct=2,
                      values=(("no", 3 * rows // 4), ("yes", rows // 4))),
    ]  # fmt: skip


def image(shade):
    return base64.b64encode(png(np.full((1, 8, 8), shade, np.uint8))).decode()


def image_record(path, *, why=Why.RANDOM, count=5, label=lambda at: str(at % 2), batch=None):
    split = Split(id=0, rows=100, form=Form.IMAGE, shape=(8, 8, 1), target="digit", targets=("digit",),
                  task=Task.BINARY, classes=("0", "1"))  # fmt: skip
    shown = [
        ShownExample(split=0, row=10 + at, why=why, label=label(at), image=image(40 * at % 256), batch=batch)
        for at in range(count)
    ]
    return synthetic.data_record(path, [split], [], events=shown)


def finding(code="SCL103", column="age", *, split=("train", 0), severity=Severity.WARNING, columns=None, **fields):
    """One finding about a column."""
    evidence = [Evidence(key="skewness", label="skewness", value=3.0, threshold=2.0)]
    if columns is not None:
        evidence.append(Evidence(key="columns", label="columns concerned", value=columns))
    return Finding(
        code=code, name="skewed-feature", severity=severity, confidence=Confidence.MEASURED,
        message=f"column `{column}` is skewed: 3", subject=Subject(SubjectKind.DATASET, split[1], split[0]),
        place=Place(file=f"{split[0]}.csv", split=split[0], column=column), evidence=tuple(evidence), **fields,
    )  # fmt: skip


def rows(*positions, count=None, names=()):
    return Examples(of="rows", count=count or len(positions), share=0.01, indices=positions, names=names)


def diagnosis_of(record, *findings):
    verdict = Verdict.FAULTY if any(one.severity is not Severity.INFO for one in findings) else Verdict.CLEAN
    return Diagnosis(
        run=record.name, verdict=verdict, ended=Ended.FINISHED, answer="dataset train: something.",
        findings=tuple(Ranked(rank=at, finding=one) for at, one in enumerate(findings, 1)),
    )  # fmt: skip
