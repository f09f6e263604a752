"""Attributes of images and their exchange, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.model.appearance import (
    ATTRIBUTES,
    ends,
    position,
    sharpness,
    tint,
    with_background,
    with_ends,
    with_position,
    with_sharpness,
    with_tint,
)


def bars(colour, side=16):
    image = np.zeros((1, 3, side, side))
    image[:, :, 6:10, 2:14] = np.array(colour)[None, :, None, None]
    return image


RED, GREEN, WHITE = bars((0.9, 0, 0)), bars((0, 0.9, 0)), bars((0.9, 0.9, 0.9))


def test_a_tint_is_the_difference_from_gray_for_a_unit_of_gray():
    assert tint(RED)[0] == pytest.approx([2, -1, -1])
    assert tint(WHITE)[0] == pytest.approx([0, 0, 0])


def test_red_becomes_green_and_back():
    assert np.allclose(with_tint(RED, GREEN), GREEN)
    assert np.allclose(with_tint(with_tint(RED, GREEN), RED), RED)
    assert np.allclose(with_tint(WHITE, RED), bars((1.0, 0, 0)), atol=1e-9)  # 2.7, held at 1
    assert np.allclose(with_tint(RED, WHITE), bars((0.3, 0.3, 0.3)))


def test_white_stays_white_where_only_the_ground_is_coloured():
    ground = {name: np.ones((1, 3, 16, 16)) * np.array(c)[None, :, None, None] for name, c in
              {"red": (0.8, 0, 0), "blue": (0, 0, 0.8)}.items()}  # fmt: skip
    for one in ground.values():
        one[:, :, 4:6, 4:6] = 1.0
    made = with_tint(ground["red"], ground["blue"])
    assert np.allclose(made, ground["blue"], atol=0.02)


def test_other_attributes_are_exchanged():
    dark, bright = np.linspace(0.0, 0.5, 256).reshape(1, 1, 16, 16), np.linspace(0.4, 1.0, 256).reshape(1, 1, 16, 16)
    assert np.allclose(ends(with_ends(dark, bright)), ends(bright), atol=0.01)
    noise = np.random.default_rng(0).random((2, 1, 32, 32))
    smooth = np.cumsum(noise[:1], axis=2) / 32
    before, wanted = sharpness(noise[1:]), sharpness(smooth)
    after = sharpness(with_sharpness(noise[1:], smooth))
    assert abs(after - wanted) < 0.5 * abs(before - wanted)
    assert np.allclose(with_background(RED, np.full_like(RED, 0.5))[:, :, 0], 0.5)
    assert np.allclose(with_background(RED, np.full_like(RED, 0.5))[:, :, 8, 8], (0.9, 0, 0))


def test_a_bar_is_moved_to_where_the_giver_has_it():
    moved = np.roll(RED, (3, -2), axis=(2, 3))
    assert position(moved)[0] - position(RED)[0] == pytest.approx([3 / 16, -2 / 16])
    assert np.allclose(with_position(RED, moved), moved)


def test_own_attributes_change_nothing():
    images = np.random.default_rng(0).random((4, 3, 16, 16))
    for name, attribute in ATTRIBUTES.items():
        assert np.allclose(attribute.give(images, images), images, atol=1e-6), name
        assert attribute.measure(images).shape[0] == 4
