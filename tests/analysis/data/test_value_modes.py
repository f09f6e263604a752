"""Modes of examples, with distributions whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.modes import cut_off, empty_ends, lower_mode

RANDOM = np.random.default_rng(0)


def two(low, high=2000, apart=3.0):
    return np.concatenate([RANDOM.normal(-apart, 0.3, low), RANDOM.normal(0, 0.3, high)])


def test_the_cut_is_in_the_middle_between_two_modes():
    assert lower_mode(two(500)) == pytest.approx(-1.5, abs=0.05)
    assert lower_mode(np.append(two(500), np.nan)) == pytest.approx(-1.5, abs=0.05)


@pytest.mark.parametrize("values", [
    RANDOM.normal(size=2000), RANDOM.uniform(size=2000), two(500, apart=0.9), two(2500), two(5), np.ones(500),
    np.zeros(0), RANDOM.exponential(size=2000), -RANDOM.exponential(size=2000),
], ids=["one", "even", "close", "most", "few", "constant", "nothing", "skewed", "skewed down"])  # fmt: skip
def test_other_distributions_have_no_mode_of_low_values(values):
    assert lower_mode(values) is None


def pictures(count=200, channels=3):
    return RANDOM.normal(size=(count, 16, 16, channels)).astype(np.float32)


def test_the_empty_lower_end_is_measured_whatever_scale_each_pixel_has():
    cells = pictures()
    cells[:30, 8:] = 0.5
    cells[30:36, 14:] = 0.5
    scaled = (cells - cells.mean(axis=0)) / cells.std(axis=0)
    for some in (cells, scaled.astype(np.float32)):
        ends = empty_ends(some)
        assert ends.bottom[:40].tolist() == [0.5] * 30 + [0.125] * 6 + [0.0] * 4
        assert cut_off(ends).tolist() == [True] * 30 + [False] * 170


def test_a_background_that_fades_out_or_is_at_both_ends_is_not_cut_off():
    fading, both = pictures(), pictures()
    for at in range(100):
        fading[at, 16 - at % 8 :] = 0
    both[:60, 10:] = 0
    both[:60, :6] = 0
    assert not cut_off(empty_ends(fading)).any()
    assert not cut_off(empty_ends(both)).any()


def test_what_most_images_lack_is_usual():
    cells = pictures()
    cells[:120, 8:] = 0
    assert not cut_off(empty_ends(cells)).any()
