"""Gaps in columns, and clusters inside classes."""

from __future__ import annotations

import numpy as np
import pytest
from tables import classes_to_predict, table

from unstuck.analysis.data.class_clusters import class_clusters, two_clusters
from unstuck.analysis.data.gaps import column_gaps, widest_gap
from unstuck.analysis.data.sample import DataSet
from unstuck.core.outcome import TooLittle

R = np.random.default_rng(0)


def slow_widest_gap(values, least):
    """(length, values below), by looking at every pair of neighbours."""
    ordered = sorted(values)
    return max((ordered[at] - ordered[at - 1], at) for at in range(least, len(ordered) - least + 1))


@pytest.mark.parametrize("seed", range(5))
def test_the_widest_gap_is_that_of_a_loop(seed):
    values = np.random.default_rng(seed).standard_t(3, size=200)
    found = widest_gap(values)
    assert (found.above - found.below, found.lower) == pytest.approx(slow_widest_gap(values, 10))


def test_a_gap_is_measured_in_widths_of_the_wider_group():
    values = np.concatenate([np.arange(101), np.arange(300, 341)])
    (event,) = column_gaps(table(x=R.permutation(values)))
    assert (event.below, event.above, event.lower_count) == (100, 300, 101)
    assert event.widths == pytest.approx(200 / 95)  # 2.5 … 97.5
    assert not event.logarithm
    assert len(event.rows) == 41


def test_another_unit_is_a_gap_between_the_logarithms():
    inches = np.geomspace(1, 2, 101)
    values = R.permutation(np.concatenate([inches, 25.4 * inches[:51]]))
    (event,) = column_gaps(table(x=values))
    assert event.logarithm
    assert event.widths == pytest.approx(np.log(25.4 / 2) / (0.95 * np.log(2)))
    assert (event.below, event.above, event.lower_count) == (2, pytest.approx(25.4), 101)
    assert (values[list(event.rows)] > 25).all()


@pytest.mark.parametrize(
    "values",
    [
        R.normal(size=500), np.exp(2 * R.normal(size=500)), R.uniform(size=120), R.integers(9, size=400) * 10.0,
        np.concatenate([R.normal(size=300), R.choice([50.0, 51.0, 52.0], 100)]),
        np.concatenate([R.normal(size=400), 30 + R.normal(size=15)]), R.normal(size=60) + np.repeat([0, 40], 30),
    ],
    ids=["normal", "tail", "uniform", "grades", "codes above", "outliers", "few"],
)  # fmt: skip
def test_no_gap(values):
    assert not list(column_gaps(table(x=R.permutation(values))))


@pytest.mark.parametrize("width", [1, 5, 40])
def test_a_normal_distribution_cut_in_two_is_near_its_exact_distance(width):
    found = two_clusters(np.random.default_rng(1).normal(size=(4000, width)))
    assert found.distance == pytest.approx(2 * np.sqrt(2 / np.pi) / np.sqrt(1 - 2 / np.pi), rel=0.05)
    assert found.smaller == pytest.approx(0.5, abs=0.08)


def test_clusters_are_as_far_apart_as_they_were_made():
    random = np.random.default_rng(2)
    kind = random.random(2000) < 0.3
    found = two_clusters(random.normal(size=(2000, 3)) + np.where(kind, 8.0, 0.0)[:, None] * [1, 0, 0])
    members, centre = found.smaller_one
    assert found.distance == pytest.approx(8, rel=0.05)
    assert found.between < 0.002
    assert (members == kind).mean() > 0.999
    assert centre == pytest.approx([8, 0, 0], abs=0.2)


def test_of_each_class_with_examples_enough():
    random = np.random.default_rng(3)
    codes = np.repeat([0, 1, 2], [300, 200, 40])
    kind = (random.random(540) < 0.4) & (codes == 1)
    x = random.normal(size=540) + 20 * kind
    sample = table(x=x, z=random.normal(size=540), c=codes % 2, target=classes_to_predict(codes, "abc"))
    first, second = class_clusters(DataSet(samples=(sample,)))
    assert (first.label, second.label, second.members, second.looked_at) == ("a", "b", kind.sum(), 200)
    assert first.distance < 4
    assert not first.rows
    assert second.distance > 10
    assert second.between_share == 0
    assert second.columns[0] == "x"
    assert sorted(second.rows) == np.flatnonzero(kind).tolist()


def test_codes_are_no_clusters():
    codes = np.repeat([0, 1], 100)
    sample = table(x=R.integers(2, size=200), target=classes_to_predict(codes, "ab"))
    with pytest.raises(TooLittle, match="20 different values"):
        list(class_clusters(DataSet(samples=(sample,))))
