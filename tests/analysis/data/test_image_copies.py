"""Images of one split in another, as they lie, mirrored and turned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from unstuck.analysis.data.image_copies import image_copies
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.data_types import Form
from unstuck.record.events.data.copies import Sameness


def photos(count, seed=0, shape=(32, 32)):
    random = np.random.default_rng(seed)
    return gaussian_filter(random.normal(size=(count, *shape, 3)), (0, 1.5, 1.5, 0)).astype(np.float32)


def sample(split, pixels):
    return Sample(split=split, name="", form=Form.IMAGE, rows=np.arange(len(pixels)) * 10,
                  images=Images(count=len(pixels), load=lambda at: pixels[at]))  # fmt: skip


def found(train, held_out):
    return {one.sameness: one for one in image_copies(DataSet(samples=(sample(0, train), sample(1, held_out))), 1)}


def test_different_images_have_no_copies():
    assert [one.count for one in found(photos(200), photos(60, seed=1)).values()] == [0, 0]


@pytest.mark.parametrize(("change", "sameness"), [
    (lambda x: x * 1.1 + 0.2, Sameness.ALIKE), (lambda x: x[:, :, ::-1], Sameness.TURNED),
    (lambda x: x[:, ::-1], Sameness.TURNED), (lambda x: np.rot90(x, 1, (1, 2)), Sameness.TURNED),
    (lambda x: x.transpose(0, 2, 1, 3), Sameness.TURNED),
])  # fmt: skip
def test_changed_copies_are_found_with_the_rows_that_they_repeat(change, sameness):
    train = photos(200)
    held_out = photos(60, seed=1)
    held_out[5:15] = change(train[20:30])
    events = found(train, held_out)
    event = events.pop(sameness)
    assert event.count == 10
    assert sorted(event.rows) == list(range(50, 150, 10))
    assert {(one, other - one) for one, other in zip(event.rows, event.other_rows, strict=True)} == {
        (row, 150) for row in range(50, 150, 10)
    }
    assert [other.count for other in events.values()] == [0]


def test_every_image_several_times_is_found_though_training_repeats_itself():
    base = photos(60)
    every = np.concatenate([base * gain for gain in (0.97, 0.99, 1.0, 1.02)])
    order = np.random.default_rng(0).permutation(len(every))
    held_out = order[:60] % 60
    expected = np.isin(held_out, order[60:] % 60).sum()
    assert found(every[order[60:]], every[order[:60]])[Sameness.ALIKE].count == expected


def test_long_images_are_not_turned_by_quarters_and_symmetric_ones_not_mirrored():
    train = photos(100, shape=(24, 36))
    assert found(train, np.r_[photos(40, seed=1, shape=(24, 36)), train[:5, ::-1, ::-1]])[Sameness.TURNED].count == 5
    even = photos(100)
    even = even + even[:, :, ::-1]
    assert found(even, even[:40])[Sameness.TURNED].count == 0


def test_signs_are_too_plain():
    random = np.random.default_rng(0)
    signs = np.kron(random.random((120, 4, 4)) < 0.5, np.ones((8, 8)))[..., None].astype(np.float32)
    assert found(signs[:80], signs[80:]) == {}
