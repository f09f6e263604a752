"""Neighbourhoods are found in images, tables of pixels, series and texts, and not where places are mixed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.analysis.data.structure import correlations, structures
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.outcome import TooLittle


def target(y):
    y = np.asarray(y)
    return Target(names=("y",), task=Task.MULTI_CLASS, classes=tuple(map(str, range(y.max() + 1))), codes=y)


def table(x, y):
    columns = tuple(Column(name=f"x{at}", type=ColumnType.NUMBER, values=x[:, at]) for at in range(x.shape[1]))
    return DataSet(samples=(
        Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(len(x)), columns=columns, target=target(y)),
    ))  # fmt: skip


def texts(words, y):
    given = tuple(" ".join(some) for some in words)
    return DataSet(samples=(
        Sample(split=0, name="train", form=Form.TEXT, rows=np.arange(len(y)), texts=given, target=target(y)),
    ))  # fmt: skip


def test_the_correlation_of_neighbours_by_hand():
    random = np.random.default_rng(0)
    steps = random.normal(size=(2000, 1, 40)).cumsum(axis=2)[:, :, 20:]
    near, far = correlations(steps)
    by_hand = np.mean([np.corrcoef(steps[:, 0, at], steps[:, 0, at + 1])[0, 1] for at in range(19)])
    assert near == pytest.approx(by_hand, abs=1e-6)
    assert far < near
    assert correlations(random.normal(size=(2000, 8, 8)))[0] == pytest.approx(0, abs=0.02)


def test_columns_that_are_pixels_are_a_grid():
    x, y = load_digits(return_X_y=True)
    (event,) = structures(table(x, y))
    assert (event.what, event.shape) == ("grid", (8, 8))
    assert event.score > 0.95
    assert event.shifted_score < event.plain_score - 0.3  # a dense model knows nothing of neighbours
    mixed = x[:, np.random.default_rng(0).permutation(64)]
    with pytest.raises(TooLittle):
        list(structures(table(mixed, y)))


def test_a_pattern_at_a_random_place_gains_from_neighbourhoods():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 600)
    phase = random.uniform(0, 2 * np.pi, (600, 1))
    x = np.sin((2 + 3 * y)[:, None] * np.linspace(0, 2 * np.pi, 50) + phase) + random.normal(0, 0.3, (600, 50))
    (event,) = structures(table(x, y))
    assert event.what == "series"
    assert event.score > 0.9
    assert event.plain_score < 0.7  # a linear model on the readings themselves
    assert event.correlation > 1.5 * event.far_correlation


def test_the_order_of_words():
    random = np.random.default_rng(0)
    y = np.arange(400) % 2
    words = []
    for label in y:
        some = [f"w{at}" for at in random.integers(0, 60, 30)]
        at = random.integers(0, 29)
        some[at : at + 2] = ["not", "good"] if label else ["good", "not"]
        words.append(some)
    (ordered,) = structures(texts(words, y))
    assert ordered.score > 0.9
    assert ordered.gain_low > 0.2
    alone = [["good" if label else "bad", *some[:5]] for label, some in zip(y, words, strict=True)]
    (bag,) = structures(texts(alone, y))
    assert bag.gain_low < 0.02


def test_too_little():
    x, y = np.random.default_rng(0).normal(size=(50, 64)), np.arange(50) % 2
    with pytest.raises(TooLittle):
        list(structures(table(x, y)))
    with pytest.raises(TooLittle):
        list(structures(table(np.random.default_rng(0).normal(size=(200, 5)), np.arange(200) % 2)))
