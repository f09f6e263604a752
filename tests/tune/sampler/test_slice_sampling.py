"""Slice sampling against densities whose moments are known."""

import math

import numpy as np
import pytest
from scipy.stats import beta, truncnorm

from unstuck.tune.sampler.slice_sampling import slice_samples, slice_sweep


def test_independent_coordinates_have_the_moments_of_their_densities():
    normal, share = truncnorm(-1.0, 2.0), beta(2.0, 5.0)
    samples = slice_samples(
        lambda v: -0.5 * v[0] ** 2 + math.log(v[1]) + 4 * math.log(1 - v[1]), np.array([0.0, 0.5]),
        (np.array([-1.0, 0.0]), np.array([2.0, 1.0])), np.random.default_rng(0), count=3000, burn_in=20,
    )  # fmt: skip
    assert samples.mean(axis=0) == pytest.approx([normal.mean(), share.mean()], abs=0.05)
    assert samples.std(axis=0) == pytest.approx([normal.std(), share.std()], abs=0.04)
    assert np.quantile(samples[:, 1], [0.1, 0.9]) == pytest.approx(share.ppf([0.1, 0.9]), abs=0.03)


def test_correlated_coordinates_keep_their_covariance():
    precision = np.linalg.inv([[1.0, 0.7], [0.7, 1.0]])
    samples = slice_samples(
        lambda v: float(-0.5 * v @ precision @ v), np.zeros(2), (np.full(2, -8.0), np.full(2, 8.0)),
        np.random.default_rng(1), count=8000, burn_in=50,
    )  # fmt: skip
    assert np.cov(samples.T) == pytest.approx(np.array([[1.0, 0.7], [0.7, 1.0]]), abs=0.12)


def test_a_state_from_which_nothing_can_be_reached_stays():
    start = np.array([0.25])
    assert slice_sweep(
        lambda v: 0.0 if v[0] == 0.25 else -np.inf, start, np.zeros(1), np.ones(1), np.random.default_rng(0)
    ) == pytest.approx(start)


def test_the_same_generator_gives_the_same_chain():
    def chain(seed):
        limits = (np.zeros(1), np.ones(1))
        return slice_samples(
            lambda v: float(-v[0]), np.array([0.5]), limits, np.random.default_rng(seed), count=5, burn_in=1
        )

    assert (chain(3) == chain(3)).all()
    assert (chain(3) != chain(4)).any()
