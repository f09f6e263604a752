"""``# unstuck: allow=CODE``: the finding on that line is no alarm, and the answer says that it is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from unstuck.config.comments import AllowComments
from unstuck.core.diagnosis import Verdict
from unstuck.core.finding import Finding, Place, Severity
from unstuck.core.outcome import Allowed, Fired
from unstuck.rules.engine import diagnose
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule
from unstuck.show.json import published_schema, to_json
from unstuck.show.terminal import render
from unstuck.testing import synthetic

LOSS = [2.0 / (1 + step) + 0.1 for step in range(200)]


class Fires(Rule):
    """Fires at line 1 and line 2."""

    code = "XXX101"
    name = "fires-twice"
    severity = Severity.ERROR
    lines = (1, 2)

    def check(self, view):
        for line in self.lines:
            place = Place(file=view.record.manifest.argv[0], line=line)
            yield self.finding(f"fired at line {line}", view=view, place=place)


class Once(Fires):
    lines = (1,)


def diagnosed(tmp_path: Path, source: str, rule: type[Rule] = Fires):
    script = tmp_path / "train.py"
    script.write_text(source)
    manifest = {"argv": [str(script)], "cwd": str(tmp_path), "began": 4e9}
    record = synthetic.record(tmp_path / "run", loss=LOSS, manifest=manifest)
    rules = {rule.code: rule}
    comments = AllowComments(record, {**load(), **rules})
    return record, comments, diagnose(record, rules, allowing=comments.place_allowing)


def test_a_comment_allows_the_findings_of_its_line_only(tmp_path):
    _, _, diagnosis = diagnosed(tmp_path, "a()  # unstuck: allow=XXX101\nb()\n")
    assert [one.finding.place.line for one in diagnosis.findings] == [2]
    assert [one.finding.place.line for one in diagnosis.allowed] == [1]
    assert isinstance(diagnosis.outcomes[0], Fired)
    assert diagnosis.answer.endswith("; 1 finding allowed by a comment (XXX101, train.py:1).")


@pytest.mark.parametrize(
    "comment",
    [
        "# unstuck: allow=XXX101", "#unstuck:allow = LOS101 , fires-twice", "# noqa  # unstuck: allow=XXX",
        "# unstuck: allow=xxx101",
    ],
)
def test_codes_names_and_families_are_taken_in_a_list(tmp_path, comment):
    _, _, diagnosis = diagnosed(tmp_path, f"a()  {comment}\n", Once)
    assert diagnosis.findings == ()
    assert diagnosis.outcomes == (Allowed("XXX101"),)
    assert diagnosis.verdict is Verdict.LEARNED
    assert "no other fault was found; 1 finding allowed by a comment (XXX101, train.py:1)." in diagnosis.answer


def test_another_code_allows_nothing_and_an_unknown_one_is_named(tmp_path):
    _, comments, diagnosis = diagnosed(tmp_path, "a()  # unstuck: allow=LOS101\nb()  # unstuck: allow=LOS999\n")
    assert len(diagnosis.findings) == 2
    assert diagnosis.allowed == ()
    (said,) = comments.unknown
    assert said.startswith("train.py:2: expected the code or name of a rule or a family, got 'LOS999'. Similar: LOS1")


def test_the_line_of_use_allows_as_well(tmp_path):
    (tmp_path / "m.py").write_text("loss()  # unstuck: allow=LOS101\n")
    record = synthetic.record(tmp_path / "run", loss=LOSS, manifest={"cwd": str(tmp_path), "began": 4e9})
    finding = Finding(
        code="LOS101", name="x", severity=Severity.ERROR, confidence="measured", message="m",
        place=Place(file=str(tmp_path / "other.py"), line=1), used_at=Place(file=str(tmp_path / "m.py"), line=1),
    )  # fmt: skip
    assert AllowComments(record, load()).place_allowing(finding) == finding.used_at


def test_every_form_says_what_is_allowed(tmp_path):
    record, _, diagnosis = diagnosed(tmp_path, "a()  # unstuck: allow=XXX101\n", Once)
    answer = to_json(diagnosis, record)
    jsonschema.validate(answer, published_schema())
    assert answer["rules"]["allowed"] == ["XXX101"]
    assert answer["allowed"][0]["comment"]["line"] == 1
    assert json.dumps(answer)
    text = render(diagnosis, record, width=200, colour=False)
    assert "allowed by comments (XXX101)" in text
