from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unstuck
from unstuck.core.words import clean, count, duration, measure, number, share


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"), (3.0, "3"), (-2.0, "−2"), (1200.0, "1200"), (1_234_567.0, "1,234,567"),
        (0.012345, "0.0123"), (2.3026, "2.30"), (2.5, "2.5"), (0.03, "0.03"), (99.96, "100.0"),
        (12345.6, "12346"), (1e9, "1e9"), (2.1e-5, "2.1e−5"), (-0.5, "−0.5"),
        (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_or_fewer(value, said):
    assert number(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, "100 %"), (0.0, "0 %"), (0.9999, "99.99 %"), (0.08, "8 %"), (0.123, "12 %"), (1e-6, "< 0.01 %"),
     (math.nan, "NaN %"), (-3.7, "< −100 %"), (-1.0, "−100 %"), (-0.61, "−61 %"),
     (-0.004, "−0.4 %"), (-1e-6, "> −0.01 %"), (3.7, "370 %"), (0.0996, "10 %"), (25.0, "2,500 %"),
     (1e9, "> 10,000 %"), (math.inf, "> 10,000 %"), (-math.inf, "< −100 %")],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_nothing(value, said):
    assert measure(value, "fraction") == said


@given(st.floats(allow_nan=False))
def test_a_share_is_a_plain_number_with_one_space_before_its_sign(value):
    assert re.fullmatch(r"([<>] )?[−+]?(\d{1,3}|\d{1,2},\d{3})(\.\d+)? %", share(value, signed=True))


WAYS = re.compile(r":[.,\d]*%|[^ ]%[\"' ]| \* 100\b|\b100 \* ")
"""formats of a percentage of one's own"""


@pytest.mark.parametrize("folder", ["rules", "figures", "show", "report", "analysis"])
def test_every_percentage_is_written_by_one_function(folder):
    package = Path(unstuck.__file__).parent / folder
    allowed = ("strftime", "began", "%0A", "%M")
    lines = [
        f"{path.relative_to(package)}:{number}: {line.strip()}"
        for path in package.rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if WAYS.search(line)
    ]
    assert [line for line in lines if not any(word in line for word in allowed)] == []


def test_units_and_plurals():
    assert measure(3.0, "units") == "3 units"
    assert measure(1.0, "share of 20") == "100 % of 20"
    assert measure(0.914, "share of pairs") == "91 % of pairs"
    assert measure(0.5) == "0.5"
    assert count(1, "step") == "1 step"
    assert count(2, "loss", "losses") == "2 losses"
    assert [duration(s) for s in (0.42, 200, 10_000)] == ["0.42 s", "3 min 20 s", "2 h 46 min"]


def test_what_would_steer_a_terminal_is_replaced():
    assert clean("a\x1b[31mb\n") == "a�[31mb\n"
