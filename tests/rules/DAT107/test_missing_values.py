"""DAT107: what is said of NaN, infinity, codes and marks, and how bad it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import unstuck
from unstuck.core.finding import Confidence, Finding, Place, Severity
from unstuck.core.subject import Subject, SubjectKind
from unstuck.rules.ranking import ranked
from unstuck.rules.registry import load


def findings(path, *given, code="DAT107", **options):
    return [one.finding for one in unstuck.audit(*given, dir=path, **options).diagnose().findings if one.finding.code == code]


def data(rows=600, seed=0):
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(rows, 5))
    return inputs, (inputs[:, 0] + 0.3 * random.normal(size=rows) > 0).astype(int)


def written(path, inputs, labels, cell):
    lines = [",".join([*map(str, row), str(label)]) for row, label in zip(inputs, labels, strict=True)]
    for at, (row, text) in enumerate(cell.items()):
        parts = lines[row].split(",")
        lines[row] = ",".join([parts[0], text, *parts[2:]])
    file = path / "table.csv"
    file.write_text("a,b,c,d,e,y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_nan_and_infinity_in_an_array_are_errors_with_their_rows(tmp_path):
    inputs, labels = data()
    inputs[[5, 9], 1], inputs[7, 1], inputs[3, 2] = np.nan, np.inf, -np.inf
    first, second = findings(tmp_path, inputs, labels)
    assert (first.severity, first.confidence, first.place.column) == (Severity.ERROR, Confidence.MEASURED, "x1")
    assert first.message == "column `x1`: 2 of 600 values missing (0.33 %); 1 of 600 values infinite"
    assert set(first.examples.indices) == {5, 7, 9}
    assert first.measured("missing_share").value == pytest.approx(3 / 600)
    assert first.measured("columns").value == 2
    assert (second.place.column, second.examples.indices) == ("x2", (3,))


def test_empty_cells_of_a_file_are_a_warning(tmp_path):
    inputs, labels = data()
    file = written(tmp_path, inputs, labels, {5: "", 17: "", 40: ""})
    (finding,) = findings(tmp_path, file, target="y")
    assert (finding.severity, finding.place.column) == (Severity.WARNING, "b")
    assert "3 of 600 values missing" in finding.message
    assert finding.examples.indices == (5, 17, 40)


def test_marks_in_a_file_are_named(tmp_path):
    inputs, labels = data()
    (finding,) = findings(tmp_path, written(tmp_path, inputs, labels, {5: "?", 17: "?"}), target="y")
    assert "marked `?`" in finding.message


def test_a_code_is_suspected_and_the_remedy_replaces_it(tmp_path):
    inputs, labels = data()
    inputs[::20, 3] = -999
    (finding,) = findings(tmp_path, inputs, labels)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.SUSPECTED)
    assert "−999 seems to stand for a missing value in 30 of 600 rows (5 %)" in finding.message
    assert finding.measured("sentinel_value").value == -999
    assert finding.measured("distance").value > 3
    assert finding.remedies[0].code == 'frame["x3"] = frame["x3"].replace(-999, np.nan)'
    assert finding.examples.count == 30


def test_the_worst_twenty_of_many_columns_are_listed(tmp_path):
    random = np.random.default_rng(0)
    inputs = random.normal(size=(400, 30))
    for at in range(30):
        inputs[: at + 1, at] = np.nan
    found = findings(tmp_path, inputs, (inputs[:, 29] > 0).astype(int))
    assert [one.place.column for one in found] == [f"x{at}" for at in range(29, 9, -1)]
    assert found[0].measured("columns").value == 30


def test_a_column_without_any_value_says_so(tmp_path):
    inputs, labels = data()
    inputs[:, 4] = np.nan
    (finding,) = findings(tmp_path, inputs, labels)
    assert finding.message == "column `x4`: all 600 values are missing"


def test_the_remedy_for_words_runs_on_words(tmp_path):
    inputs, labels = data(400)
    frame = pd.DataFrame(inputs, columns=list("abcde")).assign(
        said=np.random.default_rng(1).choice(["yes", "no", None], 400),
        day=pd.date_range("2020-01-01", periods=400).where(np.arange(400) % 4 > 0), y=labels,
    )  # fmt: skip
    for one in findings(tmp_path, frame, target="y"):
        scope = {"frame": frame.copy()}
        exec(one.remedies[0].code, {}, scope)
        column = one.place.column
        made = scope["frame"][{"said": "said", "day": "day missing"}[column]]
        assert not made.isna().any()
        assert (made == {"said": "missing", "day": True}[column]).sum() == frame[column].isna().sum() > 0


def test_an_imputed_column_is_an_information(tmp_path):
    inputs, labels = data()
    inputs[:150, 2] = np.median(inputs[150:, 2])
    (found,) = findings(tmp_path, inputs, labels)
    assert (found.severity, found.place.column) == (Severity.INFO, "x2")
    assert "stands in 150 of 600 rows (25 %): it seems imputed" in found.message
    assert [remedy.name for remedy in found.remedies] == ["tell-imputed"]


def test_a_column_that_a_code_makes_large_is_unscaled_because_of_it():
    def found(code, kind):
        return Finding(code=code, name="n", severity=Severity.WARNING, confidence=Confidence.MEASURED, message="m",
                       place=Place(), subject=Subject(number=0, kind=kind))  # fmt: skip

    both = [found("SCL101", SubjectKind.TRAINING), found("DAT107", SubjectKind.DATASET)]
    told = [(one.finding.code, one.explained_by) for one in ranked(both, load())]
    assert told == [("DAT107", None), ("SCL101", "DAT107")]
