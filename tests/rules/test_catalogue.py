"""What holds for every rule: its page, its name, its place in the catalogue, its sick and its healthy script."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from unstuck.core.finding import Severity
from unstuck.rules.registry import load
from unstuck.rules.rule import ANY_CAUSE, Rule
from unstuck.testing.contracts.rule import RulePageContract

HERE = Path(__file__).parent
LOS = ("LOS101", "LOS102", "LOS103")
CATALOGUE = {
    # code: (name, severity, explained by); the graph of the catalogue, to the letter
    "ARC101": ("dead-units", "W", ("OPT102", "INI104", "SCL101")),
    "ARC102": ("saturated-units", "W", ("SCL101", "INI102", "INI104", "OPT102")),
    "ARC103": ("missing-nonlinearity", "W", ()),
    "ARC109": ("frozen-by-accident", "E", ()),
    "ARC113": ("activation-on-output", "W", (*LOS, "LOS106")),
    "CRV101": ("flat-training-loss", "E", (ANY_CAUSE,)),
    "CRV103": ("overfitting", "W", ("DAT103", "DAT111", "SPL102", "SCL104")),
    "CRV107": ("diverging-loss", "E", (ANY_CAUSE,)),
    "CRV110": ("worse-than-trivial", "E", (ANY_CAUSE,)),
    "DAT102": ("majority-class-predictor", "E", (ANY_CAUSE, "DAT101")),
    "DAT114": ("bad-label-encoding", "E", ()),
    "LOP101": ("missing-zero-grad", "E", ()),
    "LOP102": ("missing-weight-update", "E", ("LOP103", "LOP108", "ARC109", "OPT105")),
    "LOP108": ("detached-loss", "E", ()),
    "LOP111": ("stopped-too-early", "W", ("OPT101", "OPT106", "OPT108")),
    "LOS101": ("softmax-before-cross-entropy", "E", ()),
    "LOS102": ("sigmoid-before-logit-loss", "E", ()),
    "LOS103": ("logits-into-probability-loss", "E", ()),
    "LOS104": ("loss-unsuited-to-task", "W", ()),
    "LOS105": ("single-unit-softmax", "E", ()),
    "LOS106": ("unreachable-target", "E", ()),
    "LOS107": ("broadcast-loss", "E", ()),
    "LOS108": ("output-width-mismatch", "E", ()),
    "NUM101": ("non-finite-value", "E", ("OPT102", "NUM102", "NUM103", "DAT107", "INI102", "SCL101", "SCL102")),
    "OPT101": ("learning-rate-too-low", "W", ("OPT106", "OPT107", "OPT108", "LOP103")),
    "OPT102": ("learning-rate-too-high", "E", ("LOS110", "SCL101", "SCL102", "LOP101")),
    "OPT109": ("unsuited-batch-size", "W", ()),
    "OPT110": ("unsuited-optimizer", "I", ()),
    "OPT105": ("parameters-not-in-optimizer", "E", ("LOP110",)),
    "SCL101": ("unscaled-input", "W", ()),
    "SCL102": ("unscaled-target", "W", ()),
    "SPL103": ("unshuffled-data", "W", ()),
    "SYS102": ("nondeterministic-run", "I", ()),
}
LETTERS = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}

RULES = pytest.mark.parametrize("rule", load().values(), ids=load())


class TestEveryRule(RulePageContract):
    """The contract that the author of a plug-in keeps as well; the matrix runs the scripts."""

    @pytest.fixture(autouse=True, params=load().values(), ids=load())
    def each(self, request):
        self.rule = request.param


def test_every_rule_of_the_catalogue_is_there():
    assert set(CATALOGUE) <= set(load())


@pytest.mark.parametrize("code", CATALOGUE)
def test_says_what_the_catalogue_says(code):
    rule = load()[code]
    name, letter, explained = CATALOGUE[code]
    assert (rule.name, rule.severity, rule.explained_by) == (name, LETTERS[letter], explained)


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


@RULES
def test_has_tests_of_its_edges(rule: type[Rule]):
    named = [path for path in HERE.rglob("test_*.py") if path.name not in ("test_catalogue.py", "test_matrix.py")]
    assert any(path.parent.name == rule.code or rule.__name__ in path.read_text("utf-8") for path in named)


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
