"""What a random transform keeps, for transforms of which it is known."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.kept_statistics import kept_statistics
from unstuck.analysis.data.measure import measure_run
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.data_types import Form
from unstuck.record.events.data.shift import ColumnShift, DomainShift
from unstuck.record.events.data.splits import NotMeasured

RANDOM = np.random.default_rng(0)
SIZE = {"width", "height"}
LIGHT = {"brightness", "contrast", "red minus blue"}


def images(pixels):
    return Images(count=len(pixels), load=lambda at: pixels[at])


def photos(count, seed=0):
    random = np.random.default_rng(seed)
    rough = random.normal(size=(count, 20, 20, 3))
    smooth = (rough + np.roll(rough, 1, 1) + np.roll(rough, 1, 2)) / 3
    return (smooth + random.normal(0, 0.3, (count, 1, 1, 3))).astype(np.float32)


def training(pixels, transform, seen_again=100):
    rows = np.arange(len(pixels))
    some = rows[::2][:seen_again]
    second = Sample(split=0, name="", form=Form.IMAGE, rows=some, images=images(transform(pixels[some])))
    return Sample(split=0, name="", form=Form.IMAGE, rows=rows, images=images(transform(pixels)), augmented=True,
                  second=second)  # fmt: skip


def flipped(pixels):
    return np.where(RANDOM.random((len(pixels), 1, 1, 1)) < 0.5, pixels, pixels[:, :, ::-1])


def lit(pixels):
    return pixels * RANDOM.uniform(0.5, 1.5, (len(pixels), 1, 1, 1)).astype(np.float32)


def noisy(pixels):
    return pixels + RANDOM.normal(0, 1, pixels.shape).astype(np.float32)


@pytest.mark.parametrize(("transform", "kept"), [
    (flipped, {*SIZE, *LIGHT, "sharpness"}), (lit, {*SIZE, "sharpness"}), (noisy, SIZE),
])  # fmt: skip
def test_what_is_equal_at_both_visits_is_kept(transform, kept):
    assert kept_statistics(training(photos(300), transform)) == kept


def test_without_a_transform_there_is_nothing_to_ask_and_few_examples_say_nothing():
    pixels = photos(100)
    plain = Sample(split=0, name="", form=Form.IMAGE, rows=np.arange(100), images=images(pixels))
    assert kept_statistics(plain) is None
    assert kept_statistics(training(pixels, flipped, seen_again=20)) == frozenset()


def compared(transform, change=lambda pixels: pixels):
    pixels = change(photos(200, seed=1))
    held_out = Sample(split=1, name="", form=Form.IMAGE, rows=np.arange(200), images=images(pixels))
    found = list(measure_run(DataSet(samples=(training(photos(300), transform), held_out))))
    assert not [event for event in found if isinstance(event, DomainShift)]
    assert [event for event in found if isinstance(event, NotMeasured) and event.what == DomainShift.kind]
    return {event.column: event.p_value for event in found if isinstance(event, ColumnShift)}


def test_splits_are_compared_by_what_the_transform_keeps():
    assert min(compared(flipped).values()) > 0.01
    warm = compared(flipped, lambda pixels: pixels + np.array([0.5, 0, -0.5], np.float32))
    assert warm["red minus blue"] < 1e-6
    assert warm["sharpness"] > 0.01
    assert set(compared(noisy, lambda pixels: pixels + 3)) <= SIZE
