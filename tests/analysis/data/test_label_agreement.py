"""Labels in step with their inputs, shifted ones, shuffled stretches, and no signal at all."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.label_agreement import Stretch, as_labels, label_agreement, repetition, worst_stretch
from unstuck.analysis.data.label_neighbours import label_neighbours
from unstuck.analysis.data.signal import correlation, linear, signal
from unstuck.core.outcome import TooLittle


def blobs(seed, n=800, classes=4, apart=2.5):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    return (random.normal(size=(n, 6)) + apart * np.eye(classes, 6)[y]).astype(np.float32), y, random


def measured(x, labels, *, whole=True):
    near = label_neighbours(x, x, labels.kinds)
    return label_agreement(0, near.at, labels, np.arange(len(x)), whole)


def test_sound_labels_agree_as_they_are():
    x, y, _ = blobs(0)
    found = measured(x, as_labels(y, None))
    assert found.z > 30
    assert found.lag == 0
    assert found.chance == pytest.approx(0.25, abs=0.02)
    assert found.stretch_z < 5


@pytest.mark.parametrize("lag", [-3, 1, 4])
def test_a_shift_is_found_with_its_sign(lag):
    x, y, _ = blobs(1)
    found = measured(x, as_labels(np.roll(y, lag), None))
    assert abs(found.z) < 4
    assert found.lag == lag
    assert found.lag_z > 8


def test_a_shift_of_numbers_is_found():
    x, _, random = blobs(2)
    y = x[:, 0] + 0.3 * random.normal(size=len(x))
    found = measured(x, as_labels(None, np.roll(y, 2)))
    assert abs(found.z) < 4
    assert found.lag == 2


@pytest.mark.parametrize("shift", [0, 2])
def test_a_stretch_out_of_step_with_its_ends(shift):
    x, y, random = blobs(3)
    given = y.copy()
    given[300:420] = np.roll(y[300:420], shift) if shift else random.permutation(y[300:420])
    found = measured(x, as_labels(given, None))
    assert found.start == pytest.approx(300, abs=8)
    assert found.stop == pytest.approx(420, abs=8)
    assert found.stretch_z > 8
    assert found.stretch_z > 1.3 * found.stretch_shuffled_z
    assert found.stretch_agreement < 0.4 < found.stretch_expected
    assert found.stretch_lag == shift


def test_a_sample_of_rows_is_not_shifted():
    x, y, _ = blobs(4)
    found = measured(x, as_labels(np.roll(y, 1), None), whole=False)
    assert (found.lag, found.start, found.ordered) == (0, None, False)


def test_few_examples_are_too_little():
    x, y, _ = blobs(5, n=40)
    with pytest.raises(TooLittle):
        measured(x, as_labels(y, None))


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_stretch_is_nearly_that_of_all_stretches(seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=150)
    values[60:95] -= 1.0
    spread, middle = values.std(), values.mean()
    best = max(
        (middle - values[at:to].mean()) * (to - at) / (spread * np.sqrt((to - at) * (1 - (to - at) / 150)))
        for at in range(130) for to in range(at + 20, 151) if to - at <= 130
    )  # fmt: skip
    found = worst_stretch(values)
    assert found is not None
    assert 0.95 * best <= found.z <= best + 1e-9


def test_constant_values_have_no_worst_stretch():
    assert worst_stretch(np.ones(200)) is None
    assert worst_stretch(np.random.default_rng(0).normal(size=30)) is None
    assert isinstance(worst_stretch(np.arange(200.0)), Stretch)


def test_leave_one_out_predictions_are_those_of_refitting():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 3)), random.normal(size=(40, 1))
    design = np.column_stack([x - x.mean(0), np.ones(40)])
    penalty = np.mean(np.linalg.svd(design, compute_uv=False) ** 2)
    centred = y - y.mean()
    predicted = []
    for at in range(40):
        rest = np.delete(np.arange(40), at)
        a = design[rest]
        predicted.append(design[at] @ np.linalg.solve(a.T @ a + penalty * np.eye(4), a.T @ centred[rest]))
    assert linear(x, 1.0)(y) == pytest.approx(correlation(np.array(predicted), centred))


def test_signal_in_one_of_many_columns_is_seen_by_a_model():
    random = np.random.default_rng(0)
    x = random.normal(size=(500, 60))
    y = np.eye(2)[(x[:, 0] + 0.5 * random.normal(size=500) > 0).astype(int)]
    found = signal(0, 1.0, 0.5, 0.5, x, y)
    assert max(found.z[1:]) > 8
    none = signal(0, 1.0, 0.5, 0.5, x, y[random.permutation(500)])
    assert max(none.z) < 4
    assert len(signal(0, 20.0, 0.9, 0.5, x, y).models) == 1


def test_one_value_of_the_target_is_too_little():
    with pytest.raises(TooLittle):
        signal(0, 0.0, 0.5, 0.5, np.ones((100, 2)), np.ones((100, 1)))


def test_rows_that_repeat_each_other_count_once():
    """Each value stands ten times in a row: ten rows are one. Independent values are themselves."""
    random = np.random.default_rng(0)
    whole = Stretch(0, 400, 1.0)
    assert repetition(np.repeat(random.standard_normal(200), 10), whole) == pytest.approx(10, rel=0.25)
    assert repetition(random.standard_normal(2000), whole) == 1.0


def test_a_fault_does_not_hide_itself():
    values = np.random.default_rng(0).standard_normal(2000)
    values[500:800] -= 3
    assert repetition(values, Stretch(500, 800, 1.0)) < 1.3
