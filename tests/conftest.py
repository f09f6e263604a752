"""What all tests share: their tiers, and one warm process that has imported torch.

Three tiers: *unit* trains nothing and starts nothing (the default: ``pytest``); *programs* runs training programs (the
matrix of rules, the recorders); *system* starts processes, sandboxes, browsers, notebooks. The README's command and CI
run all three: ``pytest -m "not slow"``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unstuck.testing.warm import Warm

TESTS = Path(__file__).parent
TIERS = ("unit", "programs", "system")
SYSTEM = (
    "launch", "notebook", "experiment/examples", "experiment/harm", "experiment/loss", "experiment/network",
    "experiment/objects", "experiment/optimiser", "cli/test_run.py", "cli/test_verify.py", "cli/test_watch.py",
    "cli/test_live.py", "tune/system", "cli/test_kept.py", "cli/test_audit.py", "show/test_in_browser.py",
    "show/test_audit_in_browser.py",
)  # fmt: skip
"""folders and files below ``tests`` that start processes, sandboxes, browsers or notebooks"""
PROGRAMS = ("watch", "preflight", "rules/test_matrix.py", "docs/test_site_examples.py")
"""those that run training programs"""
TRAINING_FIXTURES = {"warm", "matrix"}
"""a test that asks for one of these runs a program"""


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Forks for each script; imports torch once for the whole session."""
    with Warm() as process:
        yield process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test has exactly one tier: the one that it is marked with, or that its place and fixtures give it."""
    for item in items:
        if not any(item.get_closest_marker(tier) for tier in TIERS):
            item.add_marker(tier_of(item))


def tier_of(item: pytest.Item) -> str:
    place = item.path.relative_to(TESTS).as_posix()
    if place.startswith(SYSTEM):
        return "system"
    if place.startswith(PROGRAMS) or TRAINING_FIXTURES & set(getattr(item, "fixturenames", ())):
        return "programs"
    return "unit"


@pytest.fixture(autouse=True)
def _unit_tests_train_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    before = "torch" in sys.modules
    yield
    if request.node.get_closest_marker("unit") and "torch" in sys.modules and not before:
        pytest.fail("a unit test imported torch: mark it `programs` or `system`, or place it there (tests/conftest.py)")
