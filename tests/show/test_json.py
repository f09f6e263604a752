from __future__ import annotations

import dataclasses
import json
import math

import jsonschema
import numpy as np
import pytest
from show_runs import LABELS, SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Ended, Verdict
from unstuck.core.finding import Confidence
from unstuck.show.json import published_schema, to_json

VALIDATOR = jsonschema.Draft202012Validator(published_schema())


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(published_schema())


def test_every_object_of_the_schema_is_closed():
    def objects(at):
        if isinstance(at, dict):
            if "properties" in at:
                yield at
            for value in at.values():
                yield from objects(value)
        elif isinstance(at, list):
            for value in at:
                yield from objects(value)

    assert all(found["additionalProperties"] is False for found in objects(published_schema()))


def test_the_sick_run_is_the_golden_file(sick, golden):
    said = to_json(*sick)
    VALIDATOR.validate(said)
    golden("sick.json", json.dumps(said, indent=1, ensure_ascii=False) + "\n")


def test_the_healthy_run_keeps_to_the_schema(healthy):
    said = to_json(*healthy)
    VALIDATOR.validate(said)
    assert said["findings"] == []


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("ended", list(Ended))
def test_every_verdict_and_end_keeps_to_the_schema(tmp_path, verdict, ended):
    record = sick_record(tmp_path)
    VALIDATOR.validate(to_json(sick_diagnosis(record, verdict=verdict, ended=ended), record))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_strings(tmp_path, value):
    record = sick_record(tmp_path)
    summary = dataclasses.replace(sick_diagnosis(record).trainings[0], last_loss=value)
    said = to_json(sick_diagnosis(record, trainings=(summary,)), record)
    VALIDATOR.validate(said)
    json.dumps(said, allow_nan=False)
    assert float(said["trainings"][0]["last_loss"]) == value or math.isnan(value)


def test_numbers_out_of_arrays_are_plain_numbers(tmp_path):
    record = sick_record(tmp_path)
    evidence = (dataclasses.replace(SOFTMAX.evidence[0], value=np.float32(1.0), threshold=np.int64(2)),)
    examples = dataclasses.replace(LABELS.examples, count=np.int64(2), indices=(np.int64(7),))
    finding = dataclasses.replace(SOFTMAX, evidence=evidence, examples=examples, first_step=np.uint32(3))
    first = dataclasses.replace(sick_diagnosis(record).findings[0], finding=finding)
    said = to_json(sick_diagnosis(record, findings=(first,), overhead={"share": np.float32(0.5)}), record)
    VALIDATOR.validate(json.loads(json.dumps(said, allow_nan=False)))


def test_no_more_than_a_thousand_examples_are_listed(tmp_path):
    record = sick_record(tmp_path)
    many = dataclasses.replace(LABELS.examples, count=5000, indices=tuple(range(5000)))
    finding = dataclasses.replace(LABELS, examples=many, confidence=Confidence.VERIFIED)
    first = dataclasses.replace(sick_diagnosis(record).findings[0], finding=finding)
    said = to_json(sick_diagnosis(record, findings=(first,)), record)
    VALIDATOR.validate(said)
    assert len(said["findings"][0]["examples"]["indices"]) == 1000


def test_files_of_the_run_are_relative(tmp_path):
    record = sick_record(tmp_path)
    place = dataclasses.replace(SOFTMAX.place, file=str(tmp_path / "train.py"))
    first = dataclasses.replace(
        sick_diagnosis(record).findings[0], finding=dataclasses.replace(SOFTMAX, place=place)
    )
    said = to_json(sick_diagnosis(record, findings=(first,)), record)
    assert said["findings"][0]["place"] == {
        "layer": "1", "file": "train.py", "line": 2, "split": None, "column": None, "row": None, "label": None,
    }  # fmt: skip
