"""Patches that overlap: pictures of which the parts are known, and images of which no two share a part."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.image_overlaps import differences, image_overlaps, overlapping
from unstuck.testing import samples

SIDE = 16


def pictures(count, seed=0, noise=0.1):
    """A ramp and grain, 16 × 80 pixels each."""
    random = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, 80) * random.uniform(-1, 1, (count, 1, 1))
    return ramp + noise * random.standard_normal((count, SIDE, 80))


def patches(pictures, step):
    """Windows of 16 columns, each with a mean of 0 and a spread of 1; the picture that each is of."""
    cut = np.stack([one[:, at : at + SIDE] for one in pictures for at in range(0, 80 - SIDE + 1, step)])
    cut = (cut - cut.mean((1, 2), keepdims=True)) / cut.std((1, 2), keepdims=True)
    return cut[..., None].astype(np.float32), np.repeat(np.arange(len(pictures)), len(range(0, 80 - SIDE + 1, step)))


def found(train, held_out):
    one, two = samples.pictures(train), samples.pictures(held_out, split=1)
    return image_overlaps(one, two)


def test_patches_dealt_at_random_overlap():
    cut, _ = patches(pictures(20), 4)
    order = np.random.default_rng(1).permutation(len(cut))
    event = found(cut[order[:240]], cut[order[240:290]])
    assert event.looked_at == 40
    assert event.count >= 36  # of a few all neighbours are held out


def test_patches_of_other_pictures_do_not():
    cut, of = patches(pictures(20), 4)
    assert found(cut[of < 14], cut[of >= 14]).count == 0


def test_patches_side_by_side_share_nothing():
    cut, _ = patches(pictures(60), SIDE)
    order = np.random.default_rng(1).permutation(len(cut))
    assert found(cut[order[:250]], cut[order[250:]]).count == 0


def test_smooth_pictures_are_no_copies_of_each_other():
    cut, of = patches(pictures(20, noise=1e-6), 4)
    assert found(cut[of < 14], cut[of >= 14]).count == 0


def test_a_pattern_that_repeats_itself_overlaps_with_nothing():
    tiles = np.tile(np.random.default_rng(0).random((1, 4, 4)), (200, 4, 4))[..., None].astype(np.float32)
    assert found(tiles[:150], tiles[150:]).count == 0


def test_the_correlation_is_that_of_the_best_part():
    """A slow search over all moves, of one pair."""
    cut, _ = patches(pictures(1), 5)
    one, two = (differences(samples.pictures(cut[at : at + 1]), np.array([0])) for at in (0, 1))
    best, partner = overlapping(one, two)
    slow = []
    for move in range(1, 9):
        for a, b in ((one[0, :, move:], two[0, :, :-move]), (one[0, :, :-move], two[0, :, move:]),
                     (one[0, move:], two[0, :-move]), (one[0, :-move], two[0, move:])):  # fmt: skip
            slow.append((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    assert best[0] == pytest.approx(max(slow), abs=1e-5)
    assert best[0] == pytest.approx(1, abs=1e-4)  # cut five columns apart
    assert partner[0] == 0


@pytest.mark.parametrize("side", [8, 80])
def test_other_sizes_are_not_compared(side):
    images = np.random.default_rng(0).random((200, side, side, 1)).astype(np.float32)
    assert found(images[:150], images[150:]) is None
