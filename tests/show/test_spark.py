from __future__ import annotations

import numpy as np

from unstuck.show.sparkline import spark


def test_a_fall_is_a_staircase():
    assert spark(np.arange(8, 0, -1.0), 8) == "█▇▆▅▅▄▃▂"


def test_bars_stand_on_zero_so_that_a_small_fall_looks_flat():
    assert spark(np.array([2.31, 2.30, 2.29]), 3) == "███"


def test_negative_losses_use_the_whole_height():
    assert spark(np.array([1.0, -6.0]), 2) == "█▁"


def test_stretches_with_a_value_that_is_not_a_number_are_marked():
    assert spark(np.array([1.0, np.nan, np.inf, 1.0]), 4) == "█××█"
    assert spark(np.array([np.nan, np.nan]), 2) == "××"
    assert spark(np.array([1e308, 1e308, 1.0, 1.0]), 2)[0] == "×"


def test_means_of_equal_stretches():
    assert len(spark(np.ones(1000), 40)) == 40
    assert spark(np.zeros(3), 10) == "▅▅▅"
    assert spark(np.array([]), 10) == ""
