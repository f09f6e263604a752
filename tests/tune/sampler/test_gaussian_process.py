"""Covariance, likelihood and posterior against the general formulas."""

import gp_reference
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from unstuck.tune.sampler.fantasies import DRAWS, with_pending
from unstuck.tune.sampler.hyper_prior import HyperParameters, limits, log_prior, start, unpack
from unstuck.tune.sampler.kernel import correlation, correlation_slope, matern52, squared_differences
from unstuck.tune.sampler.likelihood import log_likelihood, log_posterior
from unstuck.tune.sampler.posterior import posterior

HYPERS = (
    HyperParameters(np.array([0.3, 1.2, 0.7]), 1.7, 0.01),
    HyperParameters(np.array([1.9, 0.2, 0.5]), 0.4, 1e-6),
)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(9, 3))
    return x, np.sin(5 * x[:, 0]) + x[:, 1] ** 2 - 0.5 * x[:, 2], rng.uniform(size=(4, 3))


def test_the_correlation_is_the_matern_function_of_the_bessel_formula(data):
    x, _, points = data
    lengths = np.array([0.3, 1.2, 0.7])
    expected = [[gp_reference.matern(a, b, lengths, 1.0) for b in points] for a in x]
    assert correlation(squared_differences(x, points), lengths) == pytest.approx(np.array(expected), rel=1e-10)


def test_the_slope_of_the_correlation_is_its_derivative_by_the_squared_distance():
    squares = np.array([1e-3, 0.2, 3.0])
    expected = (matern52(squares + 1e-7) - matern52(squares - 1e-7)) / 2e-7
    assert correlation_slope(np.sqrt(5 * squares)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("hyper", HYPERS)
def test_the_likelihood_is_the_density_of_a_normal_distribution(data, hyper):
    x, y, _ = data
    expected = multivariate_normal(np.zeros(len(x)), gp_reference.observed(x, hyper)).logpdf(y)
    assert log_likelihood(squared_differences(x, x), y, hyper) == pytest.approx(expected, rel=1e-6)


def test_the_columns_of_a_choice_share_their_length_scale(data):
    x, y, _ = data
    vector = np.array([0.4, 0.9, 0.3, -5.0])
    shared = unpack(np.array([0.4, 0.9, 0.9, 0.3, -5.0]))
    expected = log_prior(vector) + log_likelihood(squared_differences(x, x), y, shared)
    assert log_posterior(x, y, np.array([0, 1, 1]))(vector) == pytest.approx(expected)


def test_the_prior_is_normal_in_both_logarithms_and_flat_in_length_scales():
    def expected(vector):
        return norm(0, 1).logpdf(vector[-2]) + norm(-9, 4).logpdf(vector[-1])

    first, second = start(2), np.array([1.7, 0.1, 0.8, -3.0])
    assert log_prior(first) - log_prior(second) == pytest.approx(expected(first) - expected(second))
    low, high = limits(2)
    assert (low < first).all()
    assert (first < high).all()


def test_predictions_solve_the_equations_for_every_sample(data):
    x, y, points = data
    after = posterior(x, y[:, None], HYPERS)
    mean, deviation = after.predict(points)
    joint_mean, joint = after.joint(points)
    for number, hyper in enumerate(HYPERS):
        expected_mean, expected = gp_reference.predict(x, y, points, hyper)
        assert mean[number, :, 0] == pytest.approx(expected_mean, abs=1e-6)
        assert joint_mean[number, :, 0] == pytest.approx(expected_mean, abs=1e-6)
        assert deviation[number] == pytest.approx(np.sqrt(np.diagonal(expected)), abs=1e-6)
        assert joint[number] == pytest.approx(expected, abs=1e-6)


def test_slopes_are_the_derivatives_of_predictions(data):
    x, y, points = data
    after = posterior(x, np.stack([y, y**2], axis=1), HYPERS)
    point = points[0]
    mean, deviation, mean_slope, deviation_slope = after.slopes(point)
    assert mean == pytest.approx(after.predict(point[None])[0][:, 0])
    assert deviation == pytest.approx(after.predict(point[None])[1][:, 0])
    for number in range(len(HYPERS)):
        for many in range(2):
            expected = gp_reference.gradient(lambda p: after.predict(p[None])[0][number, 0, many], point)  # noqa: B023
            assert mean_slope[number, many] == pytest.approx(expected, rel=1e-5, abs=1e-6)
        expected = gp_reference.gradient(lambda p: after.predict(p[None])[1][number, 0], point)  # noqa: B023
        assert deviation_slope[number] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_covariance_that_is_singular_is_still_factorised():
    x = np.zeros((4, 2))
    after = posterior(x, np.ones((4, 1)), [HyperParameters(np.ones(2), 1.0, 0.0)])
    mean, deviation = after.predict(x[:1])
    assert mean == pytest.approx(np.ones((1, 1, 1)), abs=1e-3)
    assert np.isfinite(deviation).all()


def test_fantasies_are_drawn_from_the_posterior_and_make_their_place_known(data):
    x, y, points = data
    hypers = [HYPERS[1]] * 400
    after = with_pending(x, y, points[:2], hypers, np.random.default_rng(0))
    outcomes = after.predict(points[:2])[0].transpose(0, 2, 1).reshape(-1, 2)
    assert len(outcomes) == 400 * DRAWS
    mean, covariance = gp_reference.predict(x, y, points[:2], HYPERS[1])
    assert outcomes.mean(axis=0) == pytest.approx(mean, abs=4 * np.sqrt(covariance.max() / len(outcomes)))
    assert np.diagonal(np.cov(outcomes.T)) == pytest.approx(np.diagonal(covariance), rel=0.1)
    before = posterior(x, y[:, None], hypers[:1]).predict(points[:2])[1]
    assert (after.predict(points[:2])[1][0] < 0.5 * before[0]).all()
    assert with_pending(x, y, points[:0], hypers[:1], np.random.default_rng(0)).weights.shape == (1, len(x), 1)
