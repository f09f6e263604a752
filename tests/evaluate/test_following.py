"""Whether predictions follow an attribute, by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.model.following import excess, followed, givers_of


def test_givers_are_predicted_otherwise_and_alike():
    labels = np.array([0, 0, 0, 1, 1, 2])
    found = givers_of(labels, 0, 100)
    assert sorted(found.of) == [0, 1, 2, 3, 4]  # the only 2 has none that is alike
    assert (labels[found.other] != labels[found.of]).all()
    assert (labels[found.alike] == labels[found.of]).all()
    assert (found.alike != found.of).all()
    assert givers_of(np.zeros(9, int), 0, 100) is None


def test_followed_by_hand():
    found = followed(np.array([1, 1, 1, 1]), np.array([1, 1, 1, 0]), np.array([0, 0, 1, 0]))
    assert found.share == 0.75
    assert found.control == 0.25
    assert found.p_value == pytest.approx(0.25)  # 2 of 2 by chance
    assert followed(np.array([1, 1]), np.array([0, 0]), np.array([0, 0])).p_value == 1.0


def test_excess_is_what_is_expected_of_an_attribute_and_does_not_hold():
    random = np.random.default_rng(0)
    colour, truth = random.integers(0, 2, 2000), random.integers(0, 2, 2000)
    by_colour = np.where(colour[:, None] == [0, 1], 0.9, 0.1)
    found = excess(colour[:, None].astype(float), by_colour, truth, 0)
    assert found.value == pytest.approx(0.4, abs=0.03)  # |0.9 − 0.5|
    assert found.chance < 0.03
    assert found.agreement == pytest.approx(0, abs=0.06)
    agreeing = np.where(random.random(2000) < 0.9, colour, 1 - colour)
    honest = excess(colour[:, None].astype(float), by_colour, agreeing, 0)
    assert honest.value <= honest.chance_high + 0.01
    assert honest.agreement == pytest.approx(1, abs=0.06)
    surer = excess(colour[:, None].astype(float), np.where(colour[:, None] == [0, 1], 1.0, 0.0), agreeing, 0)
    assert surer.agreement == pytest.approx(0.8, abs=0.06)  # from 0.1 to 0.9, for 1
    everywhere = excess(colour[:, None].astype(float), np.tile([0.9, 0.1], (2000, 1)), truth, 0)
    assert everywhere.value < 0.04  # predicted too often in all groups alike
