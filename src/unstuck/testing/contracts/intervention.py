"""What holds for every intervention: subclass `InterventionContract` in a test module.

``class TestMyChange(InterventionContract): intervention = MyChange``
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

from unstuck.core.finding import Confidence, Finding, Severity
from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.interventions.building_blocks.registry import load, made

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FINDING = Finding(
    code="XXX101", name="no-such-fault", severity=Severity.INFO, confidence=Confidence.SUSPECTED, message="nothing"
)


class InterventionContract:
    """What can be told without a branch: the tests of `unstuck.experiment` run them in one."""

    intervention: ClassVar[type[Intervention]]

    def test_is_registered_under_its_name(self) -> None:
        """``unstuck trial NAME`` finds it."""
        assert NAME.fullmatch(self.intervention.name)
        assert load().get(self.intervention.name) is self.intervention

    def test_says_what_it_changes(self) -> None:
        """In a few words, and on its page."""
        assert self.intervention.changes
        assert inspect.getdoc(self.intervention)
        assert self.intervention.name in self.intervention().title

    def test_settings_have_defaults_and_travel_as_json(self) -> None:
        """It is chosen in one process and installed in another."""
        assert is_dataclass(self.intervention)
        one = self.intervention()
        assert one == self.intervention()
        sent = json.loads(json.dumps(one.to_json()))
        assert made(sent["name"], sent["fields"]) == one
        assert set(sent["fields"]) == {field.name for field in fields(self.intervention)}

    def test_remedies_are_names(self) -> None:
        """Of remedies of findings, each carried out by settings of its own kind."""
        for remedy in self.intervention.remedies:
            assert NAME.fullmatch(remedy), remedy

    def test_carries_out_no_remedy_of_another(self) -> None:
        """A remedy that it does not list is left alone."""
        assert [*self.intervention.carrying_out("no-such-remedy", FINDING)] == []

    def test_is_idle_until_installed(self) -> None:
        """Its module needs no framework: it is imported in a process that may have none."""
        module: Any = inspect.getmodule(self.intervention)
        for node in ast.parse(inspect.getsource(module)).body:
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("torch", "keras", "numpy")], names

    def test_goes_further_in_its_own_kind(self) -> None:
        """`further` gives more of the same, or nothing; never itself."""
        one = self.intervention()
        more = one.further()
        assert more is None or (type(more) is type(one) and more != one)
        assert one.lengthens >= 1
