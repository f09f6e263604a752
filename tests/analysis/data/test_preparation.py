"""Preparations that differ, each planted; drift and random splits are none."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.preparation import preparations
from unstuck.analysis.data.scaler_fit import scaler_fit
from unstuck.record.events.data.shift import Mismatch, Scaler
from unstuck.testing.samples import dataset, pictures, table


def rows(count, seed=0):
    random = np.random.default_rng(seed)
    x = random.gamma(3.0, size=(count, 5)) * [1, 10, 0.1, 5, 100]
    x[:, 4] = random.normal(size=count)
    return x


def found(x, z):
    return [one for one in preparations(dataset(table(x), table(z, split=1)), 1) if one.what is not None]


@pytest.mark.parametrize("factor", [2.54, 0.1, 1000.0])
@pytest.mark.parametrize("column", [1, 4], ids=["positive", "around 0"])
def test_another_unit(factor, column):
    z = rows(200, 1)
    z[:, column] *= factor
    (one,) = found(rows(600), z)
    assert (one.what, one.column) == (Mismatch.UNIT, f"x{column}")
    assert one.scale_factor == pytest.approx(factor, rel=0.25)


def test_counts_in_another_unit_are_still_on_a_line():
    random = np.random.default_rng(0)
    x, z = rows(600), rows(200, 1)
    x[:, 0], z[:, 0] = random.poisson(4, 600), random.poisson(4, 200) * 2.54
    assert [(one.what, one.column) for one in found(x, z)] == [(Mismatch.UNIT, "x0")]


def test_one_split_standardised():
    x, z = rows(600), rows(200, 1)
    mean, std = x.mean(axis=0), x.std(axis=0)
    scale = lambda some: ((some - mean) / std)[:, :4]  # noqa: E731
    (raw,), (scaled,) = found(scale(x), z[:, :4]), found(x[:, :4], scale(z))
    assert (raw.what, scaled.what) == (Mismatch.RAW, Mismatch.STANDARDISED)
    assert (raw.concerned, raw.compared, raw.column) == (4, 4, None)


def test_a_standardised_split_beside_a_raw_one_whatever_the_shapes():
    random = np.random.default_rng(0)
    x, z = rows(600), rows(200, 1)
    for some in (x, z):  # half of the values are 0: no line fits their quantiles
        some[random.random(some.shape) < 0.5] = 0
    x, z = x[:, :4] + 3, z[:, :4] + 3
    (one,) = found((x - x.mean(axis=0)) / x.std(axis=0), z)
    assert one.what is Mismatch.RAW
    assert one.concerned >= 2


def test_another_unit_of_columns_that_were_standardised_afterwards():
    x, z = rows(600), rows(200, 1)
    z[:, [1, 3]] /= 10
    mean, std = x.mean(axis=0), x.std(axis=0)
    both = found((x - mean) / std, (z - mean) / std)
    assert sorted((one.what, one.column) for one in both) == [(Mismatch.WHOLE, "x1"), (Mismatch.WHOLE, "x3")]
    assert [one.scale_factor for one in both] == pytest.approx([0.1, 0.1], rel=0.25)


def test_two_of_five_columns_that_drift_are_not_raw():
    x, z = rows(600), rows(200, 1)
    mean, std = x.mean(axis=0), x.std(axis=0)
    z[:, :2] += 2 * std[:2]
    assert not found((x - mean) / std, (z - mean) / std)


def test_scaled_twice():
    x, z = rows(600), rows(200, 1)
    mean, std = x.mean(axis=0), x.std(axis=0)
    once, twice = (x - mean) / std, ((z - mean) / std - mean) / std
    (one,) = found(once[:, :4], twice[:, :4])
    assert one.what in (Mismatch.WHOLE, Mismatch.RAW)
    assert one.concerned == 4


def test_another_range():
    x, z = (some / 30 for some in (rows(600)[:, :2] / [1, 10], rows(200, 1)[:, :2] / [1, 10]))
    aside = np.array([0, 0, 0.1, 0.2])
    x, z = np.tile(x, 2) + aside, np.tile(z, 2) + aside
    (one,) = found(x, 2 * z - 1)
    assert one.what in (Mismatch.WHOLE, Mismatch.RAW)
    assert one.scale_factor == pytest.approx(2, rel=0.2)


def test_an_inverted_column():
    z = rows(200, 1)
    z[:, 1] = 60 - z[:, 1]
    (one,) = found(rows(600), z)
    assert (one.what, one.column, one.scale_factor) == (Mismatch.INVERTED, "x1", -1.0)


def test_each_split_by_its_own_statistics():
    x, z = rows(600), rows(200, 1)
    (one,) = found(*((some - some.mean(axis=0)) / some.std(axis=0) for some in (x, z)))
    assert (one.what, one.concerned) == (Mismatch.OWN, 5)


def test_drift_and_random_splits_are_no_other_preparation():
    for seed in range(20):
        assert found(rows(600, seed), rows(150, 100 + seed)) == []
    z = rows(200, 1)
    z[:, 1] += 8
    z[:, 0] = np.random.default_rng(2).uniform(0, 20, 200)
    assert found(rows(600), z) == []


def images(count, seed):
    random = np.random.default_rng(seed)
    field = np.linspace(40, 160, 16)[None, :, None, None] + np.array([20, 0, -20.0])
    noisy = field + 25 * random.normal(size=(count, 16, 16, 1)) + 5 * random.normal(size=(count, 16, 16, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "what", "factor"),
    [
        (lambda z: z.astype(np.float32) / 255, Mismatch.WHOLE, 1 / 255),
        (lambda z: 255 - z, Mismatch.INVERTED, -1),
        (lambda z: z[..., ::-1], Mismatch.COLOURS, None),
    ],
    ids=["divided by 255", "inverted", "blue first"],
)
def test_images(change, what, factor):
    splits = dataset(pictures(images(200, 0)), pictures(change(images(80, 1)), split=1))
    (one,) = preparations(splits, 1)
    assert one.what is what
    assert one.scale_factor == (None if factor is None else pytest.approx(factor, rel=0.05))
    assert one.order == ("210" if what is Mismatch.COLOURS else "")


def test_what_random_transforms_hide_is_not_inverted():
    random = np.random.default_rng(0)
    signs = np.zeros((800, 16, 16, 1), np.float32)
    signs[:, 4:12, 4:12] = random.random((800, 8, 8, 1)) < 0.4
    hidden = (random.random((400, 16, 16, 1)) < 0.2).astype(np.float32)  # the middle was erased
    hidden[:, 4:12, 4:12] = 0
    (one,) = preparations(dataset(pictures(hidden), pictures(signs[400:], split=1)), 1)
    assert one.what is Mismatch.INVERTED
    erased = pictures(hidden, augmented=True)
    (one,) = preparations(dataset(erased, pictures(signs[400:], split=1)), 1)
    assert one.what is None
    (one,) = preparations(dataset(erased, pictures(hidden.max() - hidden, split=1)), 1)
    assert one.what is Mismatch.INVERTED


def test_images_of_one_kind_or_a_little_darker_are_prepared_alike():
    for other in (images(80, 1), (images(80, 1) * 0.8).astype(np.uint8)):
        (one,) = preparations(dataset(pictures(images(200, 0)), pictures(other, split=1)), 1)
        assert one.what is None


def fit(x, z, *more):
    splits = [table(some, split=at) for at, some in enumerate((x, z, *more))]
    return scaler_fit(dataset(*splits), 1)


@pytest.mark.parametrize("ddof", [0, 1])
def test_a_scaler_of_both_splits_leaves_exact_numbers(ddof):
    both = np.concatenate([rows(300), rows(100, 1)])
    scaled = ((both - both.mean(axis=0)) / both.std(axis=0, ddof=ddof)).astype(np.float32)
    one = fit(scaled[:300], scaled[300:])
    assert (one.scaler, one.columns, one.compared, one.splits) == (Scaler.STANDARD, 5, 5, (0, 1))
    alone = scaled[:300].astype(float)
    assert one.deviation == pytest.approx(np.sqrt(np.mean((alone.mean(axis=0) / alone.std(axis=0)) ** 2)))
    part = ((both - both[:300].mean(axis=0)) / both[:300].std(axis=0, ddof=ddof))
    assert fit(part[:300], part[300:]).scaler is None


def test_a_range_of_both_splits():
    both = np.concatenate([rows(300), rows(200, 1)])
    scaled = (both - both.min(axis=0)) / (both.max(axis=0) - both.min(axis=0))
    one = fit(scaled[:300], scaled[300:])
    assert one.scaler is Scaler.RANGE
    low, high = scaled[:300].min(axis=0) > 1e-9, scaled[:300].max(axis=0) < 1 - 1e-9
    assert one.deviation == (low | high).mean()
    first = both[:300]
    alone = (both - first.min(axis=0)) / (first.max(axis=0) - first.min(axis=0))
    assert fit(alone[:300], alone[300:]).scaler is None


def test_three_splits_that_were_scaled_together():
    whole = rows(500)
    scaled = (whole - whole.mean(axis=0)) / whole.std(axis=0)
    one = fit(scaled[:300], scaled[300:400], scaled[400:])
    assert (one.scaler, one.splits) == (Scaler.STANDARD, (0, 1, 2))


def test_pixels_and_images_leave_no_trace():
    pixels = np.random.default_rng(0).integers(0, 17, size=(300, 8)) / 16
    assert fit(pixels[:200], pixels[200:]).scaler is None
    assert scaler_fit(dataset(pictures(images(30, 0)), pictures(images(30, 1), split=1)), 1) is None
