"""What holds for every rule: its page, its name, its place in the catalogue, its sick and its healthy script."""

from __future__ import annotations

import ast
import inspect
import os
import re
import runpy
from pathlib import Path

import pytest

from unstuck.analysis.probe.view import ProbeView
from unstuck.analysis.run.view import TrainingView
from unstuck.core.finding import Severity
from unstuck.record.reader import Record
from unstuck.rules.engine import diagnose
from unstuck.rules.registry import load
from unstuck.rules.rule import ANY_CAUSE, Rule
from unstuck.testing.contracts.rule import RulePageContract

HERE = Path(__file__).parent
GOLDEN = HERE / "catalogue.txt"
"""generated: a line for each rule; codes and names are a contract with users, so a change shows in a diff"""

RULES = pytest.mark.parametrize("rule", load().values(), ids=load())


class TestEveryRule(RulePageContract):
    """The contract that the author of a plug-in keeps as well; the matrix runs the scripts."""

    @pytest.fixture(autouse=True, params=load().values(), ids=load())
    def each(self, request):
        self.rule = request.param


def line_of(rule: type[Rule]) -> str:
    causes = f" <- {', '.join(rule.explained_by)}" if rule.explained_by else ""
    return f"{rule.code} {rule.name} {rule.severity}{causes}"


def test_codes_names_severities_and_causes_are_as_written():
    lines = [line_of(rule) for rule in load().values()]
    if os.environ.get("UNSTUCK_GOLDEN"):
        GOLDEN.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert GOLDEN.read_text("utf-8").splitlines() == lines


@RULES
def test_name_is_the_name_of_its_file(rule: type[Rule]):
    file = Path(inspect.getfile(rule))
    assert file.stem == rule.name.replace("-", "_")
    assert file.parent.name == rule.code[:3].lower()
    assert rule.__name__ == "".join(word.title() for word in rule.name.split("-"))


@RULES
def test_has_a_sick_and_a_healthy_script(rule: type[Rule]):
    folder = HERE / rule.code
    for name in ("sick.py", "healthy.py"):
        text = (folder / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 45, name  # ≤ 40 lines of program, and its comments
        ast.parse(text)


BEFORE_TRAINING = {code for code, rule in load().items() if rule.subjects == (ProbeView,)} | {"GEN106", "GEN108"}
"""rules of `unstuck preflight` alone, and on gradients and layers of a trained network: their builders need torch"""
WITHOUT_TRAINING = [
    pytest.param(code, marks=pytest.mark.programs) if code in BEFORE_TRAINING else code
    for code, rule in load().items()
    if TrainingView not in rule.subjects
]
"""rules on data sets, probes and more: their sick.py and healthy.py define ``record(path)``, nothing is run"""


def built(code: str, name: str, path: Path) -> Record:
    """The record that a builder module makes."""
    return runpy.run_path(str(HERE / code / f"{name}.py"))["record"](path)


@pytest.mark.parametrize("code", WITHOUT_TRAINING)
def test_a_rule_without_training_fires_on_its_sick_record_alone(code: str, tmp_path: Path):
    found = [ranked.finding for ranked in diagnose(built(code, "sick", tmp_path)).findings]
    sick = [finding for finding in found if finding.code == code or finding.severity is not Severity.INFO]
    assert [finding.code for finding in sick] == [code]
    assert re.search(r"\d", sick[0].message), sick[0].message
    assert all(item.key for item in sick[0].evidence)
    assert diagnose(built(code, "healthy", tmp_path)).findings == ()


def test_explanations_have_no_cycle():
    """*any cause* reaches every rule that is not itself marked so; codes of rules to come are leaves."""
    rules = load()
    causes = [code for code, rule in rules.items() if ANY_CAUSE not in rule.explained_by]
    graph = {
        code: [*(causes if ANY_CAUSE in rule.explained_by else ()), *(c for c in rule.explained_by if c in rules)]
        for code, rule in rules.items()
    }
    done: set[str] = set()

    def visit(code: str, path: tuple[str, ...]) -> None:
        assert code not in path, " → ".join([*path, code])
        if code not in done:
            for cause in graph[code]:
                visit(cause, (*path, code))
            done.add(code)

    for code in graph:
        visit(code, ())
