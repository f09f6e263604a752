"""A record of a data set in every format: the same rules, places and texts as a run, without anything of a training."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest

from unstuck.core.finding import Place
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.splits import Split
from unstuck.run import Run
from unstuck.show.json import published_schema
from unstuck.show.places import title
from unstuck.testing import synthetic

RULE = Path(__file__).parents[1] / "rules" / "DAT109"
SARIF = Path(__file__).parents[1] / "data" / "sarif-2.1.0-rtm.5.json"


def answer_of(path, name):
    record = runpy.run_path(str(RULE / f"{name}.py"))["record"](path)
    return Run(record.path).answer()


@pytest.fixture
def sick(tmp_path):
    return answer_of(tmp_path, "sick")


@pytest.fixture
def healthy(tmp_path):
    return answer_of(tmp_path, "healthy")


def test_the_terminal_shows_the_column_and_its_file(sick):
    lines = sick.text(colour=False, width=100).splitlines()
    assert lines[0] == "clean: dataset train: no fault was found; 1 note."
    assert lines[1] == "train  train.csv: 1000 rows, 2 columns (2 numbers), target `price`"
    assert "info[DAT109] constant-feature: column `year` is constant: all 1000 values are 2024" in lines
    assert "1 note: unstuck explain CODE says what to do (DAT109)" in lines
    assert not any("loss" in line or "step" in line for line in lines)


def test_a_healthy_data_set_is_what_was_read_and_what_was_checked(healthy):
    first, read, rules, *_, kept = healthy.text(colour=False, width=100).splitlines()
    assert first == "clean: dataset train: no fault was found."
    assert read.startswith("train  train.csv: 1000 rows")
    assert "rule" in rules
    assert kept.startswith("record: ")


def test_the_json_has_subject_place_and_keys(sick):
    data = json.loads(sick.json())
    jsonschema.Draft202012Validator(published_schema()).validate(data)
    assert (data["kind"], data["verdict"], data["trainings"]) == ("data", "clean", [])
    (finding,) = data["findings"]
    assert finding["subject"] == {"kind": "dataset", "number": 0, "name": "train"}
    assert finding["training"] is None
    assert finding["place"] == {
        "layer": None, "file": "train.csv", "line": None, "split": "train", "column": "year", "row": None,
        "label": None,
    }  # fmt: skip
    assert [item["key"] for item in finding["evidence"]] == ["relative_spread", "rows", "columns"]


def test_the_page_has_a_table_of_columns_and_no_panel_of_a_training(sick):
    html = sick.html()
    assert "<h2>Columns of train (1000 rows, target <code>price</code>)</h2>" in html
    assert '<th scope="row">rooms</th><td>number</td>' in html
    assert "column <code>year</code> of train.csv" in html
    for heading in ("Learning curves", "Layers over time", "The network", "Batches", "Time and memory"):
        assert heading not in html


def test_sarif_points_at_the_data_file_and_names_the_column(sick):
    log = json.loads(sick.sarif())
    jsonschema.Draft4Validator(json.loads(SARIF.read_text())).validate(log)
    (run,) = log["runs"]
    assert run["properties"]["kind"] == "data"
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "train.csv"
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"] == [{"name": "year", "kind": "column"}, {"name": "train", "kind": "split"}]


def test_markdown_has_the_place_and_the_columns(sick):
    text = sick.markdown()
    assert "Where: column `year` of train.csv" in text
    assert "## Columns of train (1000 rows, target \\`price\\`)" in text
    assert "| rooms | number | 1000 |" in text
    assert "ended" not in text


def test_github_annotates_the_data_file(sick):
    (line,) = sick.github().splitlines()
    assert line.startswith("::notice file=train.csv,title=DAT109 constant-feature::column `year` is constant")
    assert "%0Acolumn: year%0A" in line


def test_a_notebook_and_the_curves_have_nothing_to_draw(sick):
    assert "column `year` of train.csv" in sick.snippet()
    assert "<svg" not in sick.snippet()
    assert sick.curves(colour=False, width=80) == ""


def test_rows_and_classes_are_named_and_a_split_beside_another_file():
    row = Place(file="a.csv", split="test", row=7, label="cat")
    assert title(row, "a.csv") == "row 7, class `cat` of a.csv (split test)"
    assert title(Place(split="test", column="age"), "") == "column `age` of split test"
    assert title(Place(split="test"), "") == "split test"
    assert title(Place(file="net.py", line=3, layer="fc"), "net.py:3") == "net.py:3 (layer fc)"
    passed = Place(file="net.py", line=3, split="X_test", row=7)
    assert title(passed, "net.py:3") == "net.py:3 (row 7 of split X_test)"
    assert title(Place(file="net.py", line=3, split="X_test"), "net.py:3") == "net.py:3 (split X_test)"


def test_several_splits_have_a_table_each(tmp_path):
    splits = [Split(id=0, name="train", rows=10), Split(id=1, name="test", rows=5)]
    columns = [ColumnProfile(split=n, name="age", count=10 - 5 * n, distinct=4) for n in (0, 1)]
    html = Run(synthetic.data_record(tmp_path, splits, columns).path).answer().html()
    assert html.index("Columns of train (10 rows)") < html.index("Columns of test (5 rows)")
