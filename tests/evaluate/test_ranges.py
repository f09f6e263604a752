"""Ranges of the training data, and inputs that are pushed beyond them, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.model.pushes import (
    OF_IMAGES,
    OF_TABLES,
    brighter,
    flat,
    larger,
    mixed,
    outward,
    scrambled,
    turned,
)
from unstuck.analysis.model.ranges import by_distance, distances, range_of


def test_the_range_holds_ninety_nine_per_cent():
    found = range_of(np.arange(1001.0))
    assert found == (5.0, 995.0, 500.0)
    assert found.outside(np.array([4.0, 5.0, 995.0, 996.0])).tolist() == [True, False, False, True]
    assert found.distance(np.array([500.0, 5.0, 995.0, 1490.0])) == pytest.approx([0, 1, 1, 2])


def test_bins_by_distance():
    away = np.arange(40.0)
    found = by_distance(away, away < 30, np.ones(40))
    assert found.distance == (9.5, 29.5)
    assert found.accuracy == (1.0, 0.5)
    assert found.confidence == (1.0, 1.0)


def test_the_distance_from_the_centre_is_in_spreads_of_the_main_axes():
    random = np.random.default_rng(0)
    train = random.normal(size=(2000, 2)) * (1.0, 100.0)
    near, far = distances(train, np.array([[0.0, 0.0], [3.0, 300.0]]))
    assert np.sqrt(np.square(near).mean()) == pytest.approx(1, abs=0.02)
    assert far == pytest.approx([0, 3], abs=0.15)
    assert distances(train[:, [0, 0]], train[:1, [0, 0]])[1] == pytest.approx(abs(train[0, 0]), abs=0.1)


def test_no_amount_changes_nothing_and_an_amount_something():
    images = np.random.default_rng(0).random((6, 3, 16, 16)).astype(np.float32)
    table = np.random.default_rng(0).normal(size=(30, 4))
    for push in (*OF_IMAGES, *OF_TABLES):
        values = images if push in OF_IMAGES else table
        random = np.random.default_rng(1)
        assert np.allclose(push.move(values, 0.0, random), values, atol=1e-6), push.way
        made = push.move(values, push.amounts[-1], random)
        assert made.shape == values.shape
        assert not np.allclose(made, values), push.way


def test_pushes_by_hand():
    random = np.random.default_rng(0)
    image = np.zeros((1, 1, 8, 8))
    image[0, 0, 0, 2] = 1.0
    assert brighter(image, 0.25, random).min() == 0.25
    assert flat(image, 1.0, random) == pytest.approx(1 / 64)
    corner = turned(image, 90.0, random)[0, 0]
    assert corner.max() == pytest.approx(1.0)
    assert np.unravel_index(corner.argmax(), (8, 8)) in ((2, 7), (5, 0))
    grown = larger(np.arange(64.0).reshape(1, 1, 8, 8), 1.0, random)
    assert grown[0, 0, 0].tolist() == [18, 18, 19, 19, 20, 20, 21, 21]
    assert sorted(scrambled(image, 1.0, random).ravel()) == sorted(image.ravel())
    table = np.arange(12.0).reshape(4, 3)
    assert outward(table, 1.0, random)[:, 0].tolist() == [-4.5, 1.5, 7.5, 13.5]
    assert (np.sort(mixed(table, 1.0, random), axis=0) == table).all()
