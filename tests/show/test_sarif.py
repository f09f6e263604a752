"""SARIF: by the official schema, with every place, fix and link that the answer has."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import jsonschema
import pytest
from experiment_runs import tried
from show_runs import FLAT, SCRIPT, SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Ended, Ranked, Verdict
from unstuck.core.finding import Place, Severity
from unstuck.core.subject import Subject
from unstuck.experiment.answer_patches import patches
from unstuck.record.manifest import Target
from unstuck.rules.pages import pages
from unstuck.show.sarif import to_sarif
from unstuck.show.sarif_fix import replacements

SCHEMA = Path(__file__).parents[1] / "data" / "sarif-2.1.0-rtm.5.json"
VALIDATOR = jsonschema.Draft4Validator(
    json.loads(SCHEMA.read_text()), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
)


def sarif(diagnosis, record, **more):
    log = to_sarif(diagnosis, record, pages=pages(), **more)
    VALIDATOR.validate(log)
    json.dumps(log, allow_nan=False)
    return log["runs"][0]


def one(finding, record, **more):
    (found,) = sarif(sick_diagnosis(record, findings=(Ranked(rank=1, finding=finding),)), record, **more)["results"]
    return found


def test_the_sick_run_is_the_golden_file(sick, golden, tmp_path):
    log = to_sarif(*sick)
    VALIDATOR.validate(log)
    run = log["runs"][0]
    run["tool"]["driver"]["version"] = "0"
    run["originalUriBaseIds"]["SRCROOT"]["uri"] = "file:///here/"
    run["invocations"][0]["startTimeUtc"] = "2026-01-01T00:00:00Z"
    golden("sick.sarif", json.dumps(log, indent=1, ensure_ascii=False) + "\n")


def test_where_nothing_is_found_there_are_no_results(healthy):
    run = sarif(*healthy)
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["invocations"][0]["exitCode"] == 0


@pytest.mark.parametrize("ended", list(Ended))
@pytest.mark.parametrize("verdict", [Verdict.STUCK, Verdict.NO_TRAINING])
def test_every_end_keeps_to_the_schema(tmp_path, verdict, ended):
    record = sick_record(tmp_path, manifest={"returncode": None, "signal": "SIGKILL", "cwd": "."})
    run = sarif(sick_diagnosis(record, verdict=verdict, ended=ended, trainings=()), record)
    assert run["invocations"][0]["exitSignalName"] == "SIGKILL"
    assert "exitCode" not in run["invocations"][0]


def test_every_rule_has_its_page(sick):
    rules = sarif(*sick)["tool"]["driver"]["rules"]
    named = {rule["id"]: rule for rule in rules}
    assert set(named) >= {page.code for page in pages()}
    assert len(named) == len(rules)
    softmax = named["LOS101"]
    assert softmax["name"] == "softmax-before-cross-entropy"
    assert softmax["shortDescription"]["text"].startswith("Cross-entropy is given probabilities")
    assert "## How it decides" in softmax["help"]["markdown"]
    assert softmax["defaultConfiguration"] == {"level": "error"}
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] for rule in rules if "help" in rule)


def test_a_rule_is_found_by_its_index(sick):
    run = sarif(*sick)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_the_region_is_where_the_caret_stands(tmp_path):
    found = one(SOFTMAX, sick_record(tmp_path))
    region = found["locations"][0]["physicalLocation"]["region"]
    line = SCRIPT.splitlines()[1]
    assert region["startLine"] == 2
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "nn.Softmax(dim=1)"
    assert region["snippet"]["text"] == line
    assert found["locations"][0]["logicalLocations"] == [{"name": "1", "kind": "layer"}]


def test_columns_count_characters_of_the_file_tabs_and_all(tmp_path):
    record = sick_record(tmp_path)
    (tmp_path / "train.py").write_text("if 1:\n\tx = (1,\tnn.Softmax(dim=1))\n")
    region = one(SOFTMAX, record)["locations"][0]["physicalLocation"]["region"]
    assert "\tx = (1,\tnn.Softmax(dim=1))"[region["startColumn"] - 1 : region["endColumn"] - 1] == "nn.Softmax(dim=1)"


def test_a_file_that_has_changed_since_has_a_line_but_no_columns(tmp_path):
    record = sick_record(tmp_path)
    record.manifest = dataclasses.replace(record.manifest, began=1.0)
    assert one(SOFTMAX, record)["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("a dir/träin.py", {"uri": "a%20dir/tr%C3%A4in.py", "uriBaseId": "SRCROOT"}),
        ("/else where/x.py", {"uri": "file:///else%20where/x.py"}),
    ],
)
def test_files_are_uris(tmp_path, file, artifact):
    found = one(dataclasses.replace(SOFTMAX, place=Place(file=file, line=3)), sick_record(tmp_path))
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_what_has_no_place_is_pinned_to_the_loss_and_says_so(tmp_path):
    (where,) = one(FLAT, sick_record(tmp_path))["locations"]
    assert where["physicalLocation"]["region"]["startLine"] == 20
    assert "the finding has no line" in where["message"]["text"]


def test_what_has_no_place_and_no_loss_is_pinned_to_the_script(tmp_path):
    record = sick_record(tmp_path)
    record.manifest = dataclasses.replace(record.manifest, target=Target(path=str(tmp_path / "train.py")))
    (where,) = one(dataclasses.replace(FLAT, subject=Subject(number=7)), record)["locations"]
    assert where["physicalLocation"] == {"artifactLocation": {"uri": "train.py", "uriBaseId": "SRCROOT"}}
    record.manifest = dataclasses.replace(record.manifest, target=Target(kind="module", what="x"))
    assert one(dataclasses.replace(FLAT, subject=Subject(number=7)), record)["locations"] == []


def test_a_consequence_is_linked_to_its_cause_and_the_cause_to_it(sick):
    results = sarif(*sick)["results"]
    cause, labels, flat = results
    assert flat["properties"]["explained_by"] == "LOS101"
    assert flat["properties"]["cause"] == 0
    assert cause["properties"]["consequences"] == [2]
    assert "[LOS101 softmax-before-cross-entropy](2)" in flat["message"]["text"]
    (related,) = flat["relatedLocations"]
    assert (related["id"], related["physicalLocation"]["region"]["startLine"]) == (2, 2)
    (used,) = cause["relatedLocations"]
    assert (used["id"], used["message"]["text"]) == (1, "used here")
    assert labels["level"] == "note"
    assert labels["properties"]["examples"]["count"] == 112


def test_fingerprints_stand_when_the_line_moves_or_a_number_changes(tmp_path):
    record = sick_record(tmp_path)
    before = one(SOFTMAX, record)["partialFingerprints"]
    (tmp_path / "train.py").write_text("\n\n" + SCRIPT)
    moved = dataclasses.replace(SOFTMAX, place=Place(layer="1", file="train.py", line=4), message="other numbers")
    assert one(moved, record)["partialFingerprints"] == before
    assert one(dataclasses.replace(moved, code="LOS102"), record)["partialFingerprints"] != before


def test_two_findings_alike_have_two_fingerprints(tmp_path):
    record = sick_record(tmp_path)
    twice = tuple(Ranked(rank=n, finding=SOFTMAX) for n in (1, 2))
    results = sarif(sick_diagnosis(record, findings=twice), record)["results"]
    assert len({result["partialFingerprints"]["unstuck/v1"] for result in results}) == 2


def test_numbers_that_are_none_are_strings(sick):
    evidence = sarif(*sick)["results"][0]["properties"]["evidence"]
    assert math.isinf(float(evidence[1]["value"]))


def test_what_broke_and_what_could_not_look_is_told(sick):
    invocation = sarif(*sick)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    told = [(one["level"], one["message"]["text"]) for one in invocation["toolExecutionNotifications"]]
    failed = "NUM101 failed with an error, which is a defect of unstuck: ZeroDivisionError: division by zero"
    assert told[0] == ("error", failed)
    assert ("note", "SPL103 was skipped (needs a held-out loss)") in told
    assert ("note", "not recorded: layers inside torch.compile were not seen") in told


def test_experiments_are_told_with_their_remedies(tmp_path):
    record = sick_record(tmp_path)
    remedy = sarif(tried(record), record)["results"][0]["properties"]["remedies"][0]
    assert remedy["experiment"]["verdict"] == "verified"
    assert remedy["experiment"]["effect"]["pairs"] == 3


def applied(source, changes):
    """What an editor makes of a SARIF fix: regions are of the text as it is, so the last goes first."""
    for change in reversed(changes):
        gone = change["deletedRegion"]
        lines = source.splitlines(keepends=True)
        start = sum(map(len, lines[: gone["startLine"] - 1])) + gone["startColumn"] - 1
        end = sum(map(len, lines[: gone["endLine"] - 1])) + gone["endColumn"] - 1
        source = source[:start] + change.get("insertedContent", {"text": ""})["text"] + source[end:]
    return source


def test_a_patch_is_a_fix(tmp_path):
    record = sick_record(tmp_path)
    remedy = dataclasses.replace(SOFTMAX.remedies[0], name="remove-output-activation")
    finding = dataclasses.replace(SOFTMAX, remedies=(remedy,))
    diagnosis = sick_diagnosis(record, findings=(Ranked(rank=1, finding=finding),))
    (found,) = sarif(diagnosis, record, patches=patches(diagnosis, record))["results"]
    (fix,) = found["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "train.py", "uriBaseId": "SRCROOT"}
    assert applied(SCRIPT, change["replacements"]) == SCRIPT.replace(", nn.Softmax(dim=1)", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "a\nc\n"),
        ("a\nb\nc\n", "a\nb\nx\ny\nc\n"),
        ("a\nb\nc\n", "x\na\nb\nc\n"),
        ("a\nb\nc", "a\nb\nC"),
        ("a\nb\nc", "a\nb\nc\nd\n"),
        ("a\nb\nc\n", "a\nb\nc"),
        ("a\nb\nc\n", "a\nb\nc\nd"),
        ("a\nb", "a"),
        ("-- a\n++ b\n" + "x\n" * 20 + "c\n", "-- A\n++ b\n" + "x\n" * 20 + "\nc\n"),
        ("a\n\n\nb\n", "a\n\nc\n\nb\n"),
    ],
)  # fmt: skip
def test_replacements_do_what_the_diff_does(before, after):
    import difflib

    def lines(text):
        return text.splitlines(keepends=True)

    diff = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(lines(before), lines(after), "t.py", "t.py", n=3)
    )
    assert applied(before, replacements(diff)) == after


def test_severities_are_levels(tmp_path):
    record = sick_record(tmp_path)
    levels = [one(dataclasses.replace(SOFTMAX, severity=severity), record)["level"] for severity in Severity]
    assert levels == ["error", "warning", "note"]
