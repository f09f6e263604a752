"""GitHub workflow commands: what the runner reads out of a line is what was meant."""

from __future__ import annotations

import dataclasses
import re

import pytest
from show_runs import FLAT, SOFTMAX, sick_diagnosis, sick_record

from unstuck.core.diagnosis import Ranked
from unstuck.core.finding import Place
from unstuck.core.subject import Subject
from unstuck.show.github import to_github

UNDONE = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def undone(text, signs):
    """As the runner does: the per cent sign last, or `%250A` would become an end of line."""
    for sign in signs:
        text = text.replace(sign, UNDONE[sign])
    return text


def read(line):
    """A command as the runner takes it apart."""
    match = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
    assert match, line
    pairs = dict(part.split("=", 1) for part in match[2].split(","))
    return match[1], {k: undone(v, UNDONE) for k, v in pairs.items()}, undone(match[3], ("%0D", "%0A", "%25"))


def commands(diagnosis, record, **more):
    return [read(line) for line in to_github(diagnosis, record, **more).splitlines()]


def one(finding, record, **more):
    (found,) = commands(sick_diagnosis(record, findings=(Ranked(rank=1, finding=finding),)), record, **more)
    return found


def test_the_sick_run_is_the_golden_file(sick, golden):
    golden("sick.github", to_github(*sick))


def test_nothing_is_said_where_nothing_is_found(healthy):
    assert to_github(*healthy) == ""


def test_consequences_are_folded_under_their_cause(sick):
    found = commands(*sick)
    assert [(command, told["title"][:6]) for command, told, _ in found] == [("error", "LOS101"), ("notice", "DAT114")]
    assert "consequence: CRV101 flat-training-loss" in found[0][2]


def test_the_columns_are_those_of_the_caret(sick, tmp_path):
    _, told, _ = commands(*sick)[0]
    line = (tmp_path / "train.py").read_text().splitlines()[int(told["line"]) - 1]
    assert line[int(told["col"]) - 1 : int(told["endColumn"])] == "nn.Softmax(dim=1)"
    assert told["endLine"] == told["line"] == "2"


@pytest.mark.parametrize("text", ["100 % of\nrows", "a::b, c:d,e=f", "%0A stays %25", "::error::no", "ünïcode → ✓"])
def test_what_is_written_is_what_is_read(tmp_path, text):
    _, _, said = one(dataclasses.replace(SOFTMAX, message=text), sick_record(tmp_path))
    assert said.startswith(text + "\n")


def test_a_file_with_signs_in_its_name_is_found(tmp_path):
    finding = dataclasses.replace(SOFTMAX, place=Place(file="a:b, c%2C=d.py", line=1))
    assert one(finding, sick_record(tmp_path))[1]["file"] == "a:b, c%2C=d.py"


def test_files_are_named_as_the_repository_knows_them(tmp_path):
    record = sick_record(tmp_path)
    assert one(SOFTMAX, record, root=tmp_path.parent)[1]["file"] == f"{tmp_path.name}/train.py"
    assert one(SOFTMAX, record, root=tmp_path / "elsewhere")[1]["file"] == "train.py"


def test_what_has_no_place_is_pinned_where_backward_is_called(tmp_path):
    command, told, _ = one(FLAT, sick_record(tmp_path))
    assert (command, told["file"], told["line"]) == ("warning", "train.py", "20")


def test_what_has_no_place_at_all_is_told_without_one(tmp_path):
    told = one(dataclasses.replace(FLAT, subject=Subject(number=7)), sick_record(tmp_path))[1]
    assert told == {"title": "CRV101 flat-training-loss"}
