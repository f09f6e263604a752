"""The answers on the rules' pages are what unstuck says: ``-m slow`` runs them again."""

from __future__ import annotations

import pytest
from examples import COMMANDS, DIGITS, KEPT, TRIED, answers, same

from unstuck.rules.registry import load


def kept(code: str) -> str:
    return (KEPT / f"{code}.txt").read_text(encoding="utf-8")


def told_apart(code: str, text: str) -> str:
    return f"{code} says now:\n{text}\nit was:\n{kept(code)}\n`python scripts/site/examples.py {code}` keeps it anew"


def test_every_rule_has_an_answer_and_nobody_else():
    names = {path.stem for path in KEPT.glob("*.txt")}
    assert names | TRIED == {DIGITS, *COMMANDS, *load()}


@pytest.mark.parametrize("code", sorted(path.stem for path in KEPT.glob("[A-Z][A-Z][A-Z]*.txt")))
def test_kept_answer_tells_of_its_rule(code):
    assert code in kept(code)


@pytest.mark.slow
def test_all_answers_are_still_what_is_said():
    for code, text in answers([DIGITS, *(code for code in load() if code not in TRIED)]):
        assert same(text, kept(code)), told_apart(code, text)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ("loss 2.301 after 1,000 steps", True),
        ("loss 2.4\nafter   1,000 steps", True),
        ("loss 2.301 after 1,000 steps\n\n33 rules: 1 fired, 32 passed", True),
        ("loss 2.301 after 2,000 steps", False),
        ("loss 2.301 after 1,000 days", False),
        ("loss 2.301 after 1,000 steps at 3", False),
    ],
)
def test_two_answers_are_the_same_within_rounding(other, alike):
    assert same("loss 2.3 after 1,000 steps", other) is alike
