"""What holds for every rule: its page, its name, its place in the catalogue, its sick and its healthy script."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from unstuck.core.finding import Severity
from unstuck.rules.registry import load
from unstuck.rules.rule import ANY_CAUSE, Rule
from unstuck.analysis.run.view import QUANTITIES

HERE = Path(__file__).parent
HEADINGS = (
    "What it measures", "Why it hurts", "How it decides", "Example", "Remedies", "Known limits", "References",
)  # fmt: skip

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


def parses(snippet: str) -> bool:
    """Whether it is Python; it may be cut out of a function, and end with the head of a loop."""
    body = "def f():\n" + "\n".join(f"    {line}" for line in snippet.splitlines())
    for rest in ("    pass", "        pass"):
        try:
            ast.parse(f"{body}\n{rest}")
        except SyntaxError:
            continue
        return True
    return False


def test_every_rule_of_the_catalogue_is_there():
    assert set(CATALOGUE) <= set(load())


@pytest.mark.parametrize("code", CATALOGUE)
def test_says_what_the_catalogue_says(code):
    rule = load()[code]
    name, letter, explained = CATALOGUE[code]
    assert (rule.name, rule.severity, rule.explained_by) == (name, LETTERS[letter], explained)


@RULES
def test_name_is_a_sickness_and_the_name_of_its_file(rule: type[Rule]):
    assert re.fullmatch(r"[A-Z]{3}[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert not rule.name.startswith(("check-", "no-", "use-", "avoid-"))
    file = Path(inspect.getfile(rule))
    assert file.stem == rule.name.replace("-", "_")
    assert file.parent.name == rule.code[:3].lower()
    assert rule.__name__ == "".join(word.title() for word in rule.name.split("-"))


@RULES
def test_page_has_its_headings_in_order(rule: type[Rule]):
    page = inspect.cleandoc(rule.__doc__ or "")
    assert tuple(re.findall(r"^## (.+)$", page, re.MULTILINE)) == HEADINGS
    sections = re.split(r"^## .+$", page, flags=re.MULTILINE)
    assert all(len(section.split()) >= 2 for section in sections)
    assert page.splitlines()[0].endswith(".")
    assert rule.page().startswith(f"# {rule.code} {rule.name}\n")


@RULES
def test_snippets_on_its_page_parse(rule: type[Rule]):
    snippets = re.findall(r"```python\n(.*?)```", inspect.cleandoc(rule.__doc__ or ""), re.DOTALL)
    assert snippets
    for snippet in snippets:
        assert parses(snippet)


@RULES
def test_thresholds_have_unit_and_source(rule: type[Rule]):
    assert is_dataclass(rule)
    for one in fields(rule):
        assert "unit" in one.metadata, one.name
        assert one.metadata["source"].strip(), one.name
        assert isinstance(one.default, int | float), one.name
    assert rule() == rule()


@RULES
def test_needs_what_a_record_can_hold(rule: type[Rule]):
    assert set(rule.needs) <= set(QUANTITIES)


@RULES
def test_check_is_pure(rule: type[Rule]):
    source = inspect.getsource(inspect.getmodule(rule))
    assert not re.search(r"^(import|from) (random|time|datetime|os|pathlib)\b", source, re.MULTILINE)
    assert not re.search(r"np\.random|open\(", source)


@RULES
def test_remedies_are_code_that_parses(rule: type[Rule]):
    module = inspect.getmodule(rule)
    remedies = [value for value in vars(module).values() if type(value).__name__ == "Remedy"]
    tables = [value for value in vars(module).values() if isinstance(value, dict | tuple)]
    remedies += [
        one for table in tables for one in (table.values() if isinstance(table, dict) else table)
        if type(one).__name__ == "Remedy"
    ]
    for remedy in remedies:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", remedy.name)
        assert remedy.text.endswith(".")
        assert parses(remedy.code)
    assert remedies or "Remedy(" in inspect.getsource(module)


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
