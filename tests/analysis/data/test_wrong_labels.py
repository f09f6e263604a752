"""Neighbours, margins, and the share of wrong labels."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data import label_neighbours as near
from unstuck.analysis.data.early_predictions import early_probabilities
from unstuck.analysis.data.label_noise import (
    Margins,
    class_margins,
    confusion,
    label_noise,
    listed,
    margins,
    wrong_share,
)
from unstuck.analysis.data.label_predictions import Predictions, forest_probabilities, predictions
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise


def blobs(seed=0, n=900, classes=3, apart=2.5):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    return (random.normal(size=(n, 6)) + apart * np.eye(classes, 6)[y]).astype(np.float32), y, random


@pytest.mark.parametrize(("n", "k"), [(30, 3), (500, 10), (3000, 10)])
def test_neighbours_are_those_of_all_distances(n, k):
    random = np.random.default_rng(n)
    x = random.normal(size=(n, 4)).astype(np.float32)
    apart = np.linalg.norm(x[:200, None] - x[None], axis=2)
    apart[np.arange(min(n, 200)), np.arange(min(n, 200))] = np.inf
    expected = np.sort(apart, axis=1)[:, :k]
    found = near.nearest(x[:200], x, k, np.arange(min(n, 200)))
    assert not (found == np.arange(min(n, 200))[:, None]).any()
    np.testing.assert_allclose(np.take_along_axis(apart, found, axis=1), expected, rtol=1e-3)


def test_neighbours_use_the_features_that_agree_with_labels():
    x, y, random = blobs()
    noisy = np.concatenate([x, 1e4 * random.normal(size=(len(x), 1)).astype(np.float32)], axis=1)
    standardised = (noisy - noisy.mean(0)) / noisy.std(0)
    assert near.label_neighbours(noisy, standardised, y).standardised
    pixels = np.concatenate([x, 1e-3 * random.normal(size=(len(x), 30)).astype(np.float32)], axis=1)
    assert not near.label_neighbours(pixels, (pixels - pixels.mean(0)) / pixels.std(0), y).standardised


def test_principal_components_keep_the_nearest():
    random = np.random.default_rng(0)
    x = (random.normal(size=(300, 5)) @ random.normal(size=(5, 100))).astype(np.float32)
    own = np.arange(300)
    some = near.reduced(x, 10)
    assert some.shape == (300, 10)
    assert (near.nearest(some, some, 1, own) == near.nearest(x, x, 1, own)).mean() > 0.99


def test_neighbour_probabilities_count_labels():
    found = near.neighbour_probabilities(np.array([[0, 1, 2], [3, 3, 3]]), np.array([0, 0, 1, 2]), 3)
    np.testing.assert_allclose(found, [[(2 + 1 / 3) / 4, (1 + 1 / 3) / 4, 1 / 12], [1 / 12, 1 / 12, (3 + 1 / 3) / 4]])


def test_margins_by_hand():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4]])
    np.testing.assert_allclose(class_margins(probabilities), [[0.5, -0.5, -0.6], [-0.4, 0.1, -0.1]])
    found = margins(probabilities, np.array([1, 1]), np.ones((3, 3)))
    assert found.order.tolist() == [0, 1]
    np.testing.assert_allclose(found.values, [-0.5, 0.1])
    np.testing.assert_allclose(found.others, [0, 2 / 3])  # others: 0.5, -0.4, -0.1; not -0.6: class 0 is predicted
    found = margins(probabilities, np.array([1, 1]), np.array([[0, 0, 0], [5, 0, 1], [0, 0, 0]]))
    np.testing.assert_allclose(found.others, [0, 6 / 11])  # 0.5 and -0.4 count five times


def test_other_labels_count_as_often_as_they_are_confused():
    probabilities = np.eye(3)[[0, 0, 0, 0, 1, 1, 2, 2]]
    codes = np.array([0, 0, 1, 1, 1, 1, 2, 2])  # two examples that look like class 0 are labelled 1
    found = confusion(probabilities, codes)
    even = 1 / 6  # one label is spread over all six pairs
    np.testing.assert_allclose(found, [[0, (2 + even) / 2, even / 2], [even / 4, 0, even / 4], [even / 2, even / 2, 0]])


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_a_known_mixture_gives_its_share(share):
    """Right labels have good margins; wrong ones those of other labels, which are evenly spread in G."""
    estimates = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        wrong = int(2000 * share)
        others = np.sort(np.concatenate([random.uniform(0, 1, wrong), random.uniform(0.97, 1, 2000 - wrong)]))
        found = wrong_share(others, 2000, 100)
        assert found.low < share
        estimates.append(found.value)
    assert np.median(estimates) == pytest.approx(share, rel=0.15)


def test_no_wrong_label_gives_none():
    assert wrong_share(np.full(500, 0.999), 500, 3) == (0.0, 0.0, 0)


def test_listed_labels_give_the_best_expected_f():
    random = np.random.default_rng(0)
    others = np.sort(random.uniform(0, 1, 400) ** 3)
    found = Margins(np.arange(400), others, others)
    best = max(range(1, 401), key=lambda m: min(m, 0.2 * others[m - 1] * 400) / (m + 40))
    assert listed(found, 0.2) == best


def test_early_predictions_disagree_with_wrong_labels():
    x, y, random = blobs()
    wrong = random.choice(len(y), 90, replace=False)
    given = y.copy()
    given[wrong] = (y[wrong] + 1) % 3
    found = early_probabilities(x, given, 3, enough=0.9)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-4)
    mine = found[np.arange(len(y)), given]
    assert mine[wrong].mean() < 0.35 < 0.6 < np.delete(mine, wrong).mean()


def test_predictions_are_the_same_every_time():
    x, y, _ = blobs(n=200)
    one, two = (forest_probabilities(x, y, 3) for _ in range(2))
    assert (one == two).all()


def audit(x, y, classes, early=None):
    predicted = predictions(x, x, y, classes, early)
    return list(label_noise(0, predicted, y, tuple("abcdef"[:classes]), np.arange(len(y)) * 2))


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_planted_noise_is_estimated_and_listed(share):
    numbers = []
    for seed in range(5):
        x, y, random = blobs(seed, apart=3.5)
        wrong = random.choice(len(y), int(share * len(y)), replace=False)
        given = y.copy()
        given[wrong] = (y[wrong] + random.integers(1, 3, len(wrong))) % 3
        noise = next(event for event in audit(x, given, 3) if isinstance(event, LabelNoise))
        rows = {row // 2 for row in noise.rows}
        likely = ["abc"[y[row // 2]] == name for row, name in zip(noise.rows, noise.likely, strict=True)]
        hits = len(rows & set(wrong))
        numbers.append((noise.share, hits / len(rows), hits / len(wrong), np.mean(likely)))
    estimate, precision, recall, right = np.median(numbers, axis=0)
    assert estimate == pytest.approx(share, rel=0.25)
    assert precision > 0.85
    assert recall > 0.75
    assert right > 0.9


def test_clean_overlapping_classes_have_no_lower_bound():
    x, y, _ = blobs(2, apart=1.8)
    noise = next(event for event in audit(x, y, 3) if isinstance(event, LabelNoise))
    assert min(noise.low, noise.second_low) < 0.01


def test_one_class_labelled_as_another():
    x, y, random = blobs(3, n=1200, classes=4, apart=3.0)
    of_a = np.flatnonzero(y == 0)
    wrong = random.choice(of_a, len(of_a) // 4, replace=False)
    given = y.copy()
    given[wrong] = 1
    pair = max((event for event in audit(x, given, 4) if isinstance(event, ConfusedClasses)), key=lambda one: one.low)
    assert (pair.likely, pair.labelled) == ("a", "b")
    assert pair.share == pytest.approx(0.25, rel=0.3)
    assert pair.concerned == pytest.approx(len(wrong), rel=0.3)
    assert len({row // 2 for row in pair.rows} & set(wrong)) / len(pair.rows) > 0.8


def test_probabilities_of_the_users_network_take_the_place_of_ours():
    x, y, _ = blobs(n=200)
    own = np.full((200, 3), 1 / 3)
    assert predictions(x, x, y, 3, own).early is own
    together = Predictions(own, own, own).together
    np.testing.assert_allclose(together, 1 / 3)
