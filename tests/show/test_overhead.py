from __future__ import annotations

import pytest

from unstuck.show.overhead import cost


@pytest.mark.parametrize(
    ("overhead", "said"),
    [
        ({}, ""),
        ({"share": 0.018}, "1.8 % of the time"),
        ({"share": 0.018, "windows": 1.0, "windows_seconds": 0.42, "seconds": 23.3},
         "1.8 % of the time (0.42 s of 23.3 s, 1 sampled step)"),
        ({"windows_seconds": 0.5}, "0.5 s"),
        ({"share": 0.01, "step_ms": 1.5, "events": 7.0}, "1 % of the time (step 1.5 ms, events 7)"),
    ],
)  # fmt: skip
def test_the_cost_is_a_phrase(overhead, said):
    assert cost(overhead) == said
