"""The answer about data for programs: facts in the JSON, rows as lines in SARIF and GitHub, Markdown."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest
from data_runs import diagnosis_of, finding, image_record, rows, table_record

from unstuck.core.finding import Place
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.record.events.data.shown import ShownExample
from unstuck.record.events.data.splits import NotMeasured, Split
from unstuck.show.github import to_github
from unstuck.show.json import published_schema, to_json
from unstuck.show.json_data import OF_A_RUN
from unstuck.show.markdown import to_markdown
from unstuck.show.sarif import to_sarif

BEFORE = 1.0
"""seconds since 1970: a data file that has not changed since it was audited"""
SARIF = json.loads((Path(__file__).parents[1] / "data" / "sarif-2.1.0-rtm.5.json").read_text())


def data_file(folder, text):
    path = folder / "train.csv"
    path.write_text(text)
    os.utime(path, (BEFORE, BEFORE))


def facts_of(record, *findings):
    data = to_json(diagnosis_of(record, *findings), record)
    jsonschema.Draft202012Validator(published_schema()).validate(data)
    return data["facts"]


def results_of(record, *findings):
    log = to_sarif(diagnosis_of(record, *findings), record)
    jsonschema.Draft4Validator(SARIF).validate(log)
    return log["runs"][0]["results"]


def test_the_facts_have_splits_with_their_classes_and_whole_profiles(tmp_path):
    facts = facts_of(table_record(tmp_path))
    train = facts["splits"][0]
    assert (train["rows"], train["task"], train["task_given"]) == (768, "binary", False)
    assert train["classes"] == [{"name": "no", "count": 576}, {"name": "yes", "count": 192}]
    age = facts["columns"][0]
    assert (age["name"], age["type"], age["missing"], age["infinite"], age["histogram"]) == (
        "age", "number", 96, 0, [4, 9, 5, 1],
    )  # fmt: skip


def test_every_field_of_splits_and_columns_is_in_the_schema():
    definitions = published_schema()["$defs"]
    for name, kind in (("split", Split), ("column", ColumnProfile)):
        assert {field.name for field in fields(kind)} - OF_A_RUN == set(definitions[name]["properties"])


def test_the_facts_say_what_was_not_measured_and_keep_examples_without_images(tmp_path):
    lacking = NotMeasured(split=1, what="label_noise", why="30 examples with a label (at least 50 are needed)")
    shown = ShownExample(split=0, row=3, label="no", cells=(("age", "33"),), image="AAAA")
    facts = facts_of(table_record(tmp_path, events=[lacking, shown]))
    assert facts["not_measured"] == [
        {"split": 1, "what": "label_noise", "why": "30 examples with a label (at least 50 are needed)", "broke": False}
    ]
    (example,) = facts["examples"]
    assert example["cells"] == {"age": "33"}
    assert "image" not in example


def test_classes_that_were_not_counted_have_no_count(tmp_path):
    assert facts_of(image_record(tmp_path))["splits"][0]["classes"] == [
        {"name": "0", "count": None}, {"name": "1", "count": None},
    ]  # fmt: skip


@pytest.mark.parametrize(("head", "line"), [("age,city,y\n", 9), ("", 8)])
def test_a_row_is_a_line_of_its_file_with_or_without_a_header(tmp_path, head, line):
    record = table_record(tmp_path, rows=40)
    data_file(tmp_path, head + "".join(f"{at},Ulm,no\n" for at in range(40)))
    of_row = replace(finding(), place=Place(file="train.csv", split="train", column="age", row=7))
    (result,) = results_of(record, of_row)
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == line
    assert region["snippet"]["text"] == "7,Ulm,no"
    (command,) = to_github(diagnosis_of(record, of_row), record).splitlines()
    assert f"line={line},endLine={line}" in command


def test_the_first_rows_of_a_finding_are_related_places(tmp_path):
    record = table_record(tmp_path, rows=40)
    data_file(tmp_path, "age,city,y\n" + "1,Ulm,no\n" * 40)
    (result,) = results_of(record, finding(examples=rows(5, 2)))
    assert [
        (one["id"], one["message"]["text"], one["physicalLocation"]["region"]["startLine"])
        for one in result["relatedLocations"]
    ] == [(10, "row 5", 7), (11, "row 2", 4)]


def test_where_a_row_may_span_lines_there_is_no_region(tmp_path):
    record = table_record(tmp_path, rows=40)
    data_file(tmp_path, "age,city,y\n" + '1,"Ulm\nam",no\n' * 40)
    of_row = replace(finding(examples=rows(5)), place=Place(file="train.csv", split="train", row=7))
    (result,) = results_of(record, of_row)
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert "relatedLocations" not in result


def test_examples_that_are_files_are_related_places(tmp_path):
    record = table_record(tmp_path, rows=40)
    (tmp_path / "train.csv").mkdir()
    (tmp_path / "train.csv" / "a.jpg").touch()
    (result,) = results_of(record, finding(examples=rows(5, 6, names=("a.jpg", "gone.jpg"))))
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "train.csv/a.jpg"


def test_github_has_one_line_a_rule_with_rows_and_other_columns(tmp_path):
    record = table_record(tmp_path)
    (command,) = to_github(
        diagnosis_of(record, finding(column="fare", examples=rows(5, 2)), finding(column="age")), record
    ).splitlines()
    assert command.startswith("::warning file=train.csv,title=SCL103 skewed-feature::column `fare` is skewed: 3%0A")
    assert "%0Aexamples: 2 rows (1 %25): 5, 2%0A" in command
    assert "%0Aalso: `age`%0A" in command


def test_markdown_has_what_was_read_rows_and_other_columns(tmp_path):
    record = table_record(tmp_path)
    text = to_markdown(diagnosis_of(record, finding(column="fare", examples=rows(5, 2)), finding(column="age")), record)
    assert "- train: train.csv: 768 rows, 2 columns" in text
    assert "- examples: 2 rows (1 %); indices: 5, 2" in text
    assert "The same in 1 more place:\n\n- warning SCL103 skewed-feature (measured): column \\`age\\`" in text
    assert text.count("## ") == len(["finding", "columns", "columns", "rules"])
    assert "unstuck verify" not in text
