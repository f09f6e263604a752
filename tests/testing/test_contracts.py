"""The contracts: our rules and interventions keep them, and what breaks one is seen."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from unstuck.core.finding import Applicability, Confidence, Evidence, Finding, Place, Remedy, Severity
from unstuck.experiment.interventions.building_blocks.intervention import Intervention
from unstuck.experiment.interventions.building_blocks.registry import load as interventions
from unstuck.rules.registry import load
from unstuck.rules.rule import Rule, threshold
from unstuck.testing.contracts.intervention import InterventionContract
from unstuck.testing.contracts.rule import RuleContract, RulePageContract, check_finding

RULES = Path(__file__).parents[1] / "rules"


@pytest.mark.slow
class TestMissingZeroGrad(RuleContract):
    """One of ours, as the author of a plug-in would test it."""

    rule = load()["LOP101"]
    sick = RULES / "LOP101" / "sick.py"
    healthy = RULES / "LOP101" / "healthy.py"


class TestEveryIntervention(InterventionContract):
    @pytest.fixture(autouse=True, params=interventions().values(), ids=interventions())
    def each(self, request):
        self.intervention = request.param


REMEDY = Remedy(name="do-it", text="Do it.", applicability=Applicability.SAFE, code="f(x)")
GOOD = Finding(
    code="LOS101", name="softmax-before-cross-entropy", severity=Severity.ERROR, confidence=Confidence.MEASURED,
    message="3 of 4 layers are odd", place=Place(file="train.py", line=3), remedies=(REMEDY,),
    evidence=(Evidence(key="odd", label="odd layers", value=3.0),),
)  # fmt: skip
BAD = {
    "upper case": replace(GOOD, message="Layers are odd: 3"),
    "full stop": replace(GOOD, message="3 layers are odd."),
    "no number": replace(GOOD, message="layers are odd", evidence=()),
    "no place": replace(GOOD, place=Place()),
    "evidence without key": replace(GOOD, evidence=(Evidence(label="odd layers", value=3.0),)),
    "another name": replace(GOOD, name="softmax"),
    "remedy in upper case": replace(GOOD, remedies=(replace(REMEDY, name="Do it"),)),
    "remedy without full stop": replace(GOOD, remedies=(replace(REMEDY, text="Do it"),)),
    "remedy of no known applicability": replace(GOOD, remedies=(replace(REMEDY, applicability="perhaps"),)),
    "remedy that is no Python": replace(GOOD, remedies=(replace(REMEDY, code="f("),)),
}


def test_a_good_finding_keeps_the_contract():
    check_finding(GOOD, load()["LOS101"])


@pytest.mark.parametrize("finding", BAD.values(), ids=BAD)
def test_a_bad_finding_breaks_it(finding):
    with pytest.raises(AssertionError):
        check_finding(finding, load()["LOS101"])


def test_a_finding_worse_than_its_rule_breaks_it():
    with pytest.raises(AssertionError, match="worse than warning"):
        check_finding(GOOD, load()["LOS104"])


@dataclass(frozen=True)
class BadRule(Rule):
    """No page"""

    code: ClassVar[str] = "bad1"
    name: ClassVar[str] = "avoid-this"
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[tuple[str, ...]] = ("no such thing",)
    bar: float = threshold(float("nan"), unit="", source=" ")


@dataclass(frozen=True)
class BadIntervention(Intervention):
    name: ClassVar[str] = "Bad"

    value: object = object()

    @classmethod
    def carrying_out(cls, remedy, finding):
        yield cls()

    def further(self):
        return self


KEPT_BY_ANY = {"test_module_asks_no_clock_no_file_and_no_chance", "test_remedies_follow_the_law"}
"""about the module, which here is this one"""


@pytest.mark.parametrize("name", [n for n in vars(RulePageContract) if n.startswith("test_") and n not in KEPT_BY_ANY])
def test_a_bad_rule_fails_every_check(name):
    contract = RulePageContract()
    contract.rule = BadRule
    with pytest.raises(AssertionError):
        getattr(contract, name)()


@pytest.mark.parametrize(
    "name",
    ["test_is_registered_under_its_name", "test_says_what_it_changes", "test_carries_out_no_remedy_of_another",
     "test_goes_further_in_its_own_kind"],
)  # fmt: skip
def test_a_bad_intervention_fails(name):
    contract = InterventionContract()
    contract.intervention = BadIntervention
    with pytest.raises(AssertionError):
        getattr(contract, name)()


def test_contracts_are_no_tests_of_their_own():
    assert not [name for name in vars(inspect.getmodule(RuleContract)) if name.startswith("Test")]
