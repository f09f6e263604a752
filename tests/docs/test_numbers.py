"""Where the documentation says how many rules there are, it says what the registry has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unstuck.analysis.run.view import TrainingView
from unstuck.rules.registry import load

ROOT = Path(__file__).parents[2]
HISTORY = {"log.md", "changelog.md"}
"""what was true when it was written"""
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if path.name not in HISTORY),
]  # fmt: skip
"""written by hand; the answers in examples and gallery are kept as they were given"""
STATED = re.compile(r"^.*?\b(\d+) rules\b(?! left out)(.*)$", re.MULTILINE)
COUNTED = re.compile(r"(\d+) (?:fired|passed|could not look|were skipped|skipped|broke|not checked)")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_number_of_rules_is_that_of_the_registry(path):
    on_trainings = sum(TrainingView in rule.subjects for rule in load().values())
    for number, rest in STATED.findall(path.read_text(encoding="utf-8")):
        assert int(number) in (on_trainings, len(load())), f"{number} rules{rest}"
        counts = COUNTED.findall(rest)
        if len(counts) > 1:
            assert sum(map(int, counts)) <= int(number), rest


def test_the_number_is_found_where_it_is_stated():
    assert STATED.findall("33 rules: 1 fired, 32 passed") == [("33", ": 1 fired, 32 passed")]
