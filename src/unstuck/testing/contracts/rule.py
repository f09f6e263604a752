"""What holds for every rule, ours and those of plug-ins: subclass `RuleContract` in a test module.

``class TestMyRule(RuleContract): rule = MyRule; sick = "sick.py"; healthy = "healthy.py"``
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from unstuck.analysis.subjects import views
from unstuck.core.finding import Applicability, Finding, Place, Remedy, Severity
from unstuck.core.markdown import sections
from unstuck.core.outcome import Fired, Outcome, Passed, Skipped
from unstuck.rules.engine import run_rule
from unstuck.rules.rule import Rule
from unstuck.testing.warm import Warm

if TYPE_CHECKING:
    from unstuck.record.reader import Record

HEADINGS = (
    "What it measures", "Why it hurts", "How it decides", "Example", "Remedies", "Known limits", "References",
)  # fmt: skip
"""of a rule's page, in this order"""
CODE = re.compile(r"[A-Z]{3}[1-9]\d\d")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ORDERS = ("check-", "no-", "use-", "avoid-")
"""a rule is named after the fault that it finds, not after what to do"""
IMPURE = re.compile(r"^(import|from) (random|time|datetime|os|pathlib)\b|np\.random|(?<!\w)open\(", re.MULTILINE)


class RulePageContract:
    """What can be told from the class alone."""

    rule: ClassVar[type[Rule[Any]]]

    def test_code_and_name_follow_the_law(self) -> None:
        """``ABC123``, and a name of small words that names a fault."""
        assert CODE.fullmatch(self.rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", self.rule.name)
        assert not self.rule.name.startswith(ORDERS)
        assert isinstance(self.rule.severity, Severity)

    def test_page_has_its_headings_in_order(self) -> None:
        """One sentence first, then seven sections with text in each."""
        page = inspect.cleandoc(self.rule.__doc__ or "")
        lead, named = sections(page)
        assert lead.splitlines()[0].endswith(".")
        assert tuple(named) == HEADINGS
        assert all(len(body.split()) >= 2 for body in named.values())
        assert self.rule.page().startswith(f"# {self.rule.code} {self.rule.name}\n")

    def test_snippets_on_the_page_parse(self) -> None:
        """At least one example in Python."""
        snippets = re.findall(r"```python\n(.*?)```", inspect.cleandoc(self.rule.__doc__ or ""), re.DOTALL)
        assert snippets
        assert all(map(parses, snippets))

    def test_thresholds_have_unit_and_source(self) -> None:
        """They are numbers with defaults, each with its unit and where it comes from."""
        assert is_dataclass(self.rule)
        for one in fields(self.rule):
            assert "unit" in one.metadata, one.name
            assert one.metadata["source"].strip(), one.name
            assert isinstance(one.default, int | float), one.name
            assert math.isfinite(one.default), one.name
        assert self.rule() == self.rule()

    def test_needs_what_a_record_can_hold(self) -> None:
        """Of one of the subjects that it judges; a view does not ask for what only others have."""
        assert self.rule.subjects
        assert set(self.rule.needs) <= {name for subject in self.rule.subjects for name in subject.quantities}

    def test_module_asks_no_clock_no_file_and_no_chance(self) -> None:
        """`check` is pure."""
        assert not IMPURE.search(inspect.getsource(_module(self.rule)))

    def test_remedies_follow_the_law(self) -> None:
        """Those that stand in its module, or it makes some."""
        module = _module(self.rule)
        found = tuple(_remedies(vars(module)))
        for remedy in found:
            check_remedy(remedy)
        assert found or "Remedy(" in inspect.getsource(module)


class RuleContract(RulePageContract):
    """And what it does with two programs: it fires on the sick one, and is silent on the healthy one."""

    sick: ClassVar[str | Path]
    """a training script on which it fires"""
    healthy: ClassVar[str | Path]
    """one on which it is silent; the fewer lines differ, the better"""

    def test_fires_on_the_sick_program(self, tmp_path: Path) -> None:
        """With a message, a number, a place; and the same twice."""
        outcome, again = self.outcomes(self.sick, tmp_path)
        assert isinstance(outcome, Fired), outcome
        assert outcome == again
        for finding in outcome.findings:
            check_finding(finding, self.rule)

    def test_is_silent_on_the_healthy_program(self, tmp_path: Path) -> None:
        """It passes; or it is skipped, and says what was missing."""
        outcome, again = self.outcomes(self.healthy, tmp_path)
        assert isinstance(outcome, Passed | Skipped), outcome
        assert outcome == again

    def outcomes(self, script: str | Path, folder: Path) -> tuple[Outcome, Outcome]:
        """What becomes of the rule, asked twice about one record."""
        from unstuck.record.reader import Record

        with Warm() as warm:
            ran = warm.run(Path(script), folder / "record")
        assert ran.returncode == 0, ran.stderr
        return self._judge(ran.record), self._judge(Record(ran.directory))

    def _judge(self, record: Record) -> Outcome:
        return run_rule(self.rule(), views(record))


def check_finding(finding: Finding, rule: type[Rule[Any]]) -> None:
    """The law of messages: lower case, no full stop, a number and a place; evidence with keys; remedies."""
    message = finding.message
    assert message, "a message is missing"
    assert message[0] == message[0].lower(), message
    assert not message.endswith("."), message
    assert re.search(r"\d", message) or finding.evidence, f"no number: {message}"
    assert finding.place != Place(), f"no place: {message}"
    assert finding.severity.weight >= rule.severity.weight, f"worse than {rule.severity}"
    assert (finding.code, finding.name) == (rule.code, rule.name)
    assert all(evidence.key for evidence in finding.evidence), "evidence without a key"
    for remedy in finding.remedies:
        check_remedy(remedy)


def check_remedy(remedy: Remedy) -> None:
    """A name of small words, a sentence, a known applicability, code that parses."""
    assert NAME.fullmatch(remedy.name), remedy.name
    assert remedy.text.endswith("."), remedy.text
    assert isinstance(remedy.applicability, Applicability), remedy.applicability
    assert parses(remedy.code), remedy.code


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


def _module(rule: type[Rule[Any]]) -> Any:
    return inspect.getmodule(rule)


def _remedies(names: dict[str, Any]) -> Iterator[Remedy]:
    for value in names.values():
        some = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        yield from (one for one in some if isinstance(one, Remedy))
