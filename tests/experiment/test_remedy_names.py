"""Remedies and interventions have one set of names: what a finding prints is what `unstuck trial` accepts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from unstuck.core.errors import UsageError
from unstuck.experiment.interventions.building_blocks.registry import all_named, by_remedy, load
from unstuck.experiment.search.candidates import chosen
from unstuck.rules import probe_rates
from unstuck.rules.families.arc import too_deep_to_train

CURES = Path(__file__).parents[2] / "src" / "unstuck" / "preflight" / "cures.py"
"""read and not imported: it needs torch"""
RULES = Path(__file__).parents[2] / "src" / "unstuck" / "rules" / "families"


def remedies() -> Iterator[tuple[str, bool]]:
    """The name of each remedy of a rule, and whether it is declared manual."""
    for path in RULES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in ("Remedy", "replace"):
                given = {one.arg: one.value for one in node.keywords}
                manual = "MANUAL" in ast.unparse(given["applicability"]) if "applicability" in given else False
                if isinstance(name := given.get("name"), ast.Constant):
                    yield name.value, manual
            elif called == "_remedy" and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, False


FOUND = sorted(set(remedies()))


def test_the_rules_have_been_read():
    assert len(FOUND) > 40
    assert {"leaky-relu", "number-labels-from-zero", "output-width"} <= {name for name, _ in FOUND}


@pytest.mark.parametrize(("name", "manual"), FOUND, ids=[name for name, _ in FOUND])
def test_every_remedy_is_accepted_or_declared_manual(name, manual):
    if name in load() or name in by_remedy():
        assert all_named(name)
    else:
        assert manual


@pytest.mark.parametrize("name", sorted({*too_deep_to_train.REMEDIES.values(), *probe_rates.REMEDIES}))
def test_a_remedy_whose_name_is_looked_up_is_accepted(name):
    assert all_named(name)


def test_every_cure_of_depth_but_none_has_a_remedy():
    names = {node.args[0].value if node.args else next(one.value.value for one in node.keywords if one.arg == "name")
             for node in ast.walk(ast.parse(CURES.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Cure"}  # fmt: skip
    assert names - {"as it is"} == set(too_deep_to_train.REMEDIES)


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("selu", ["hidden-activation selu"]),
        ("batch-normalisation", ["batch-norm"]),
        ("residual-connections", ["residual"]),
        ("leaky-relu", ["hidden-activation leaky-relu", "initialisation"]),
        ("raise-learning-rate", ["learning-rate × 100", "learning-rate × 10", "learning-rate-range"]),
        ("lower-learning-rate", ["learning-rate × 0.01", "learning-rate × 0.1", "learning-rate-range"]),
        ("train-longer", ["more-epochs × 2"]),
        ("hidden-activation=gelu", ["hidden-activation gelu"]),
        ("register-layers", ["register-layers"]),
    ],
)
def test_a_remedy_is_carried_out_by_all_its_interventions(name, titles):
    assert [one.title for one in chosen([name])] == titles


def test_a_remedy_of_several_interventions_has_no_setting_of_its_own():
    with pytest.raises(UsageError, match="Set one of: hidden-activation, initialisation"):
        all_named("leaky-relu=0.1")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"leaky-relu.*zero-grad"):
        all_named("leaky")
